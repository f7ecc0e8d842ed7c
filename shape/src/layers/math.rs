use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, Function, In, Masking, Outs, Rule};

layer! {
    /// A function of every value: `y = exp(x)`, `log(x)`, `sqrt(x)`, `rsqrt(x)`, `square(x)`, `abs(x)`, `sin(x)`, `cos(x)`, `tan(x)`,
    /// `sinh(x)`, `cosh(x)`, `expm1(x)`, `log1p(x)`, `reciprocal(x)`, `sign(x)`, `log2(x)`, `log10(x)`, `exp2(x)`, `arcsin(x)`,
    /// `arccos(x)`, `arctan(x)`, `arcsinh(x)`, `arccosh(x)`, `arctanh(x)`, `floor(x)`, `ceil(x)`, `round(x)`, `trunc(x)`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same. Where a function has no value (the
    /// root or the logarithm of a negative number) the result is NaN, as in Rust.
    /// Errors: ids.
    Math {
        /// Which one.
        function: Function = Function::Exp,
    }
}

impl Math {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        Ok(Outs::one(ok!(check::only(self.function.word(), x)).shape))
    }

    no_weights!();

    /// One pass.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Slopes follow from the input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}

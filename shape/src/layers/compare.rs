use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Comparison, Facts, In, Kind, Outs, Rule};

layer! {
    /// A comparison of every value, `a > b` or `greater(a, b)`, with a tensor or a number, `y = a > b`: a tensor of true and false, for
    /// `select`, or for a layer that takes a mask.
    ///
    /// Input: one tensor and a number, or two tensors whose shapes meet from the last axis. Output: that shape. Weights: none. Training and
    /// inference do the same; there is no gradient. Errors: shapes that do not meet, ids.
    Compare {
        /// Which one.
        comparison: Comparison = Comparison::Greater,
        /// The number, where it is not a second tensor.
        value: Option<f64> = None,
    }
}

impl Compare {
    /// The shape in which both meet.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let name = self.comparison.word();
        if self.value.is_some() {
            return Ok(Outs::one(ok!(check::only(name, x)).shape).of(Kind::Mask));
        }
        ok!(check::several(name, x));
        Ok(Outs::one(ok!(check::meet(name, &x[0], &x[1]))).of(Kind::Mask))
    }

    no_weights!();

    /// One comparison an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::each_output(&self.outputs(x))
    }

    /// True and false have no gradient.
    pub const fn facts(&self) -> Facts {
        Facts { is_mask: true, ..Facts::PLAIN.reading(false, false) }
    }
}

//! Functions of numbers, `sqrt(64.0)`, which the compiler computes.

use formwork_shape::Function;

use super::value::Kind;

/// The function's value for a number; `None` where it is no finite number.
pub(super) fn function_of(function: Function, x: f64) -> Option<Kind> {
    let y = match function {
        Function::Exp => x.exp(),
        Function::Log => x.ln(),
        Function::Sqrt => x.sqrt(),
        Function::Rsqrt => x.sqrt().recip(),
        Function::Square => x * x,
        Function::Abs => x.abs(),
        Function::Sin => x.sin(),
        Function::Cos => x.cos(),
        Function::Tan => x.tan(),
        Function::Sinh => x.sinh(),
        Function::Cosh => x.cosh(),
        Function::Expm1 => x.exp_m1(),
        Function::Log1p => x.ln_1p(),
        Function::Reciprocal => x.recip(),
        Function::Sign if x == 0.0 => 0.0,
        Function::Sign => x.signum(),
        Function::Log2 => x.log2(),
        Function::Log10 => x.log10(),
        Function::Exp2 => x.exp2(),
        Function::Arcsin => x.asin(),
        Function::Arccos => x.acos(),
        Function::Arctan => x.atan(),
        Function::Arcsinh => x.asinh(),
        Function::Arccosh => x.acosh(),
        Function::Arctanh => x.atanh(),
        Function::Floor => x.floor(),
        Function::Ceil => x.ceil(),
        Function::Round => x.round_ties_even(),
        Function::Trunc => x.trunc(),
    };
    y.is_finite().then_some(Kind::Float(y))
}

#[cfg(test)]
mod tests {
    use formwork_shape::Function;

    use super::{Kind, function_of};

    #[test]
    fn a_number_has_a_number() {
        assert!(matches!(function_of(Function::Sqrt, 64.0), Some(Kind::Float(8.0))));
        assert!(matches!(function_of(Function::Sign, 0.0), Some(Kind::Float(0.0))));
        assert!(matches!(function_of(Function::Round, 2.5), Some(Kind::Float(2.0))));
        assert!(function_of(Function::Sqrt, -1.0).is_none());
        assert!(function_of(Function::Log, 0.0).is_none());
    }
}

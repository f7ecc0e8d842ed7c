use formwork_shape::Function;
use formwork_shape::layers::Math;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Math {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let function = self.function;
        each::map(pass.threads, crate::kernels::Write::Overwrite, y[0].data, x[0].data(), |x| value(function, x));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let function = self.function;
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| slope(function, x) * dy);
    }
}

fn value<T: Real>(function: Function, x: T) -> T {
    match function {
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
        // 0 and NaN stay what they are.
        Function::Sign if x == T::zero() || x.is_nan() => x,
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
        Function::Round => round(x),
        Function::Trunc => x.trunc(),
    }
}

/// The nearest whole number; of two, the even one.
fn round<T: Real>(x: T) -> T {
    let (half, two) = (T::of(0.5), T::of(2.0));
    if (x - x.trunc()).abs() == half { two * (x / two).round() } else { x.round() }
}

fn slope<T: Real>(function: Function, x: T) -> T {
    let half = T::of(0.5);
    match function {
        Function::Exp => x.exp(),
        Function::Log => x.recip(),
        Function::Sqrt => half / x.sqrt(),
        Function::Rsqrt => -half / (x * x.sqrt()),
        Function::Square => x + x,
        // The slope at 0 is 0, as in Keras.
        Function::Abs if x == T::zero() => T::zero(),
        Function::Abs => x.signum(),
        Function::Sin => x.cos(),
        Function::Cos => -x.sin(),
        Function::Tan => (x.cos() * x.cos()).recip(),
        Function::Sinh => x.cosh(),
        Function::Cosh => x.sinh(),
        Function::Expm1 => x.exp(),
        Function::Log1p => (T::one() + x).recip(),
        Function::Reciprocal => -(x * x).recip(),
        Function::Log2 => (x * T::of(std::f64::consts::LN_2)).recip(),
        Function::Log10 => (x * T::of(std::f64::consts::LN_10)).recip(),
        Function::Exp2 => x.exp2() * T::of(std::f64::consts::LN_2),
        Function::Arcsin => (T::one() - x * x).sqrt().recip(),
        Function::Arccos => -(T::one() - x * x).sqrt().recip(),
        Function::Arctan => (T::one() + x * x).recip(),
        Function::Arcsinh => (T::one() + x * x).sqrt().recip(),
        Function::Arccosh => (x * x - T::one()).sqrt().recip(),
        Function::Arctanh => (T::one() - x * x).recip(),
        Function::Sign | Function::Floor | Function::Ceil | Function::Round | Function::Trunc => T::zero(),
    }
}

// Roots and logarithms of negative numbers are NaN, which no difference can check: they are tested by value.
#[cfg(test)]
super::conformance::cases!(Math: (shape(1..5), select(vec![Function::Exp, Function::Square, Function::Sin, Function::Cos, Function::Sinh, Function::Cosh, Function::Expm1, Function::Reciprocal, Function::Sign, Function::Exp2, Function::Arctan, Function::Arcsinh])) => |(input, function)| {
    Case::new(Math { function }, [input])
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_of_functions_of_positive_numbers_agree_with_differences() {
        for function in [Function::Log, Function::Sqrt, Function::Rsqrt, Function::Abs, Function::Tan, Function::Log1p]
        {
            for x in [0.1, 0.7, 3.0, 20.0] {
                let h = 1e-6 * x;
                let difference: f64 = (value(function, x + h) - value(function, x - h)) / (2.0 * h);
                assert!(
                    (difference - slope(function, x)).abs() < 1e-6 * (1.0 + difference.abs()),
                    "{function:?} at {x}"
                );
            }
        }
        let inside = [Function::Log2, Function::Log10, Function::Arcsin, Function::Arccos, Function::Arctanh];
        for (function, x) in inside.map(|function| (function, 0.7)).into_iter().chain([(Function::Arccosh, 1.7)]) {
            let difference: f64 = (value(function, x + 1e-6) - value(function, x - 1e-6)) / 2e-6;
            assert!((difference - slope(function, x)).abs() < 1e-6, "{function:?}");
        }
        assert_eq!(
            [-2.5, -0.5, 0.4, 0.5, 1.5, 2.6].map(|x| value(Function::Round, x)),
            [-2.0, 0.0, 0.0, 0.0, 2.0, 3.0]
        );
        assert_eq!([Function::Floor, Function::Ceil, Function::Trunc].map(|f| value(f, -1.5)), [-2.0, -1.0, -1.0]);
        assert_eq!([-0.5, 0.0, 7.0].map(|x| value(Function::Sign, x)), [-1.0, 0.0, 1.0]);
        assert_eq!(value(Function::Expm1, 1e-12f32), 1e-12);
        assert_eq!(value(Function::Log1p, 1e-12f32), 1e-12);
        assert_eq!(slope(Function::Abs, -2.0), -1.0);
        assert_eq!(slope(Function::Abs, 0.0), 0.0);
        assert!(value(Function::Log, -1.0f32).is_nan() && value(Function::Sqrt, f32::NAN).is_nan());
    }
}

use formwork_shape::layers::Power;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Power {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let exponent = self.exponent;
        each::map(pass.threads, Write::Overwrite, y[0].data, x[0].data(), |x| power(x, exponent));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let exponent = self.exponent;
        each::zip(pass.threads, write, dx, step.x[0].data(), step.dy[0].data(), |x, dy| slope(x, exponent) * dy);
    }
}

/// Small whole exponents are products, which cost less and are as exact.
fn power<T: Real>(x: T, exponent: f64) -> T {
    if exponent.fract() == 0.0 && exponent.abs() <= 16.0 { x.powi(exponent as i32) } else { x.powf(T::of(exponent)) }
}

fn slope<T: Real>(x: T, exponent: f64) -> T {
    // x⁰ is 1 everywhere, at 0 too.
    if exponent == 0.0 { T::zero() } else { T::of(exponent) * power(x, exponent - 1.0) }
}

#[cfg(test)]
super::conformance::cases!(Power: (shape(1..5), select(vec![0.0, 1.0, 2.0, 3.0, 5.0])) => |(input, exponent)| {
    Case::new(Power { exponent }, [input])
});

#[cfg(test)]
mod tests {
    use super::{power, slope};

    #[test]
    fn powers_of_positive_numbers_and_their_slopes() {
        for exponent in [-2.5, -1.0, 0.5, 1.5, 20.0] {
            for x in [0.3f64, 1.0, 2.5] {
                assert!((power(x, exponent) - x.powf(exponent)).abs() < 1e-9 * x.powf(exponent));
                let (h, scale) = (1e-6 * x, 1.0 + slope(x, exponent).abs());
                let difference = (power(x + h, exponent) - power(x - h, exponent)) / (2.0 * h);
                assert!((difference - slope(x, exponent)).abs() < 1e-5 * scale, "{x} to the power of {exponent}");
            }
        }
        assert_eq!(power(-2.0f32, 3.0), -8.0);
        assert!(power(-2.0f32, 0.5).is_nan());
    }
}

use formwork_shape::layers::Masking;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Masking {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (width, value) = (x[0].last(), T::of(self.mask_value));
        each::parts(pass.threads, y[0].data, width, |step, y| {
            let x = &x[0].data()[step * width..][..width];
            match x.iter().any(|number| *number != value) {
                true => y.copy_from_slice(x),
                false => y.fill(T::zero()),
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let (x, dy) = (step.x[0].data(), step.dy[0].data());
        let (width, value) = (step.x[0].last(), T::of(self.mask_value));
        each::parts(pass.threads, dx, width, |place, dx| {
            let at = place * width;
            let valid = x[at..at + width].iter().any(|number| *number != value);
            for (dx, dy) in dx.iter_mut().zip(&dy[at..]) {
                each::put(write, dx, if valid { *dy } else { T::zero() });
            }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(Masking: shape(2..4) => |input| Case::new(Masking { mask_value: 0.0 }, [input]));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Threads;
    use formwork_shape::Shape;

    #[test]
    fn sets_masked_steps_to_zero() {
        let threads = Threads::new(1);
        let pass = Pass { batch: 1, threads: &threads, seed: 0, step: 0, input_gradients: true, inference: false };
        let x = [View::numbers(&[7.0, 7.0, 7.0, 1.0, 0.0, 0.0], 1, Shape::new(&[3, 2]))];
        let mut y = [1.0; 6];
        let mut views = [ViewMut::new(&mut y, 1, Shape::new(&[3, 2]))];
        Kernel::<f64>::infer(&Masking { mask_value: 7.0 }, &pass, &Weights::none(), &x, &mut views, &mut Work::at(0));
        assert_eq!(y, [0.0, 0.0, 7.0, 1.0, 0.0, 0.0]);
    }
}

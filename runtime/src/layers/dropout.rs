use formwork_shape::layers::Dropout;

use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// Which values the last training step kept.
#[derive(Default)]
struct Kept {
    mask: Vec<bool>,
}

impl<T: Real> Kernel<T> for Dropout {
    fn infer(&self, _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        y[0].data.copy_from_slice(x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let scale = T::of(1.0 / (1.0 - self.rate));
        let threshold = (self.rate * (1u64 << 32) as f64) as u64;
        let mask = &mut work.of::<Kept>().mask;
        mask.resize(x[0].data().len(), false);
        for ((y, x), kept) in y[0].data.iter_mut().zip(x[0].data()).zip(mask) {
            *kept = u64::from(random.bits()) >= threshold;
            *y = if *kept { *x * scale } else { T::zero() };
        }
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let scale = T::of(1.0 / (1.0 - self.rate));
        let Some((dx, write)) = step.dx[0].target() else { return };
        for ((dx, dy), kept) in dx.iter_mut().zip(step.dy[0].data()).zip(&work.of::<Kept>().mask) {
            let d = if *kept { *dy * scale } else { T::zero() };
            match write {
                Write::Overwrite => *dx = d,
                Write::Add => *dx += d,
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Dropout: (shape(1..4), 0.0..0.9) => |(input, rate)| Case::new(Dropout { rate, ..Dropout::TEMPLATE }, [input]));

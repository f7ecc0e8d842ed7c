use formwork_shape::layers::LogicalOr;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for LogicalOr {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::parts(pass.threads, y[0].data, 1, |place, y| {
            y[0] = x.iter().fold(T::zero(), |any, mask| any.max(mask.data()[place]));
        });
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, _: Backward<'_, '_, T>, _: &mut Work) {}
}

#[cfg(test)]
super::conformance::cases!(LogicalOr: (shape(1..3), 1..4usize) => |(input, count)| {
    Case::new(LogicalOr {}, std::iter::repeat_n(input, count)).of_masks()
});

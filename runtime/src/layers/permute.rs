use formwork_shape::layers::Permute;

use super::spread;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Permute {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        spread::permute(pass.threads, &x[0], y[0].data, self.dims.as_slice());
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        spread::permute_back(pass.threads, target, step.x[0].shape(), step.dy[0].data(), self.dims.as_slice());
    }
}

#[cfg(test)]
super::conformance::cases!(Permute: shape(1..5).prop_flat_map(|input| (Just(input), Just((1..=input.rank() as isize).collect::<Vec<_>>()).prop_shuffle())) => |(input, axes)| {
    Case::new(Permute { dims: formwork_shape::Dims::of(&axes) }, [input])
});

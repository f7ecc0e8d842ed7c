use formwork_shape::layers::Flip;
use formwork_shape::{In, MAX_RANK, Shape};

use super::gather::Gather;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Flip {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (from, to) = (*x[0].shape(), *y[0].shape());
        places(self, &from, &to).copy(pass.threads, x[0].data(), y[0].data, T::zero());
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let places = places(self, step.x[0].shape(), step.dy[0].shape());
        let Some(target) = step.dx[0].target() else { return };
        places.add_back(pass.threads, &step.dy[0], target);
    }
}

fn places<'s>(
    layer: &'s Flip,
    from: &'s Shape,
    to: &'s Shape,
) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
    // The rule has accepted the axes.
    let flipped = layer.flipped(&In::new("", *from)).unwrap_or([false; MAX_RANK]);
    let axes = flipped.iter().rposition(|flipped| *flipped).map_or(0, |last| last + 1);
    Gather::new(from, to, axes, move |k, i| Some(if flipped[k] { from.dim(k) - 1 - i } else { i }))
}

#[cfg(test)]
super::conformance::cases!(Flip: (shape(1..5), any::<bool>()) => |(input, both)| {
    let axes: &[isize] = if both && input.rank() > 1 { &[1, -1] } else { &[1] };
    Case::new(Flip { axis: formwork_shape::Dims::of(axes) }, [input])
});

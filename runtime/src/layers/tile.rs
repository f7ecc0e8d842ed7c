use formwork_shape::Shape;
use formwork_shape::layers::Tile;

use super::gather::Gather;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Tile {
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
    layer: &'s Tile,
    from: &'s Shape,
    to: &'s Shape,
) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
    let axes = (0..from.rank()).rposition(|k| layer.count(k, from.rank()) != 1).map_or(0, |last| last + 1);
    Gather::new(from, to, axes, move |k, i| Some(i % from.dim(k)))
}

#[cfg(test)]
super::conformance::cases!(Tile: (shape(1..5), prop::collection::vec(1..4isize, 1..3)) => |(input, mut repeats)| {
    repeats.truncate(input.rank());
    Case::new(Tile { repeats: formwork_shape::Dims::of(&repeats) }, [input])
});

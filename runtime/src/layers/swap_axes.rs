use formwork_shape::MAX_RANK;
use formwork_shape::layers::SwapAxes;

use super::{each, spread};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for SwapAxes {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let rank = x[0].shape().rank();
        spread::permute(pass.threads, &x[0], y[0].data, &order(self, rank)[..rank]);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        let shape = step.x[0].shape();
        let rank = shape.rank();
        spread::permute_back(pass.threads, target, shape, step.dy[0].data(), &order(self, rank)[..rank]);
    }
}

/// The axes of the input in the order of the output, counted from 1.
fn order(layer: &SwapAxes, rank: usize) -> [isize; MAX_RANK] {
    let mut order = std::array::from_fn(|k| k as isize + 1);
    order.swap(each::axis(layer.axis1, rank), each::axis(layer.axis2, rank));
    order
}

#[cfg(test)]
super::conformance::cases!(SwapAxes: (axes(1..5), any::<bool>()) => |((input, axis1), last)| {
    Case::new(SwapAxes { axis1, axis2: if last { -1 } else { 1 } }, [input])
});

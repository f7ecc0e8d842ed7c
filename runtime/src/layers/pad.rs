use formwork_shape::Shape;
use formwork_shape::layers::Pad;

use super::gather::Gather;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Pad {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (from, to) = (*x[0].shape(), *y[0].shape());
        places(self, &from, &to).copy(pass.threads, x[0].data(), y[0].data, T::of(self.constant_values));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let places = places(self, step.x[0].shape(), step.dy[0].shape());
        let Some(target) = step.dx[0].target() else { return };
        places.add_back(pass.threads, &step.dy[0], target);
    }
}

fn places<'s>(
    layer: &'s Pad,
    from: &'s Shape,
    to: &'s Shape,
) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
    let pairs = layer.pad_width.as_slice();
    // The first pair is the batch's.
    let axes = pairs.iter().rposition(|pair| *pair != [0, 0]).unwrap_or(0);
    Gather::new(from, to, axes, move |k, i| layer.source(k, from.dim(k), i))
}

#[cfg(test)]
use formwork_shape::PadMode;

#[cfg(test)]
super::conformance::cases!(Pad: (shape(1..4), prop::collection::vec((0..3usize, 0..3usize), 3), select(vec![PadMode::Constant, PadMode::Edge, PadMode::Reflect, PadMode::Symmetric, PadMode::Wrap])) => |(input, widths, mode)| {
    let most = |n: usize| match mode {
        PadMode::Constant | PadMode::Edge => 2,
        PadMode::Reflect => n - 1,
        PadMode::Symmetric | PadMode::Wrap => n,
    };
    let sides = input.dims().iter().zip(&widths).map(|(n, (a, b))| [*a.min(&most(*n)), *b.min(&most(*n))]);
    let pairs: Vec<[usize; 2]> = std::iter::once([0, 0]).chain(sides).collect();
    Case::new(Pad { pad_width: formwork_shape::Pairs::of(&pairs), mode, constant_values: 0.5 }, [input])
});

use formwork_shape::Shape;
use formwork_shape::layers::Pad;

use super::gather::{Gather, Places};

impl Places for Pad {
    fn places<'s>(
        &'s self,
        from: &'s Shape,
        to: &'s Shape,
    ) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
        let pairs = self.pad_width.as_slice();
        // The first pair is the batch's.
        let axes = pairs.iter().rposition(|pair| *pair != [0, 0]).unwrap_or(0);
        Gather::new(from, to, axes, move |k, i| self.source(k, from.dim(k), i))
    }

    fn rest(&self) -> f64 {
        self.constant_values
    }
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

use formwork_shape::Shape;
use formwork_shape::layers::Tile;

use super::gather::{Gather, Places};

impl Places for Tile {
    fn places<'s>(
        &'s self,
        from: &'s Shape,
        to: &'s Shape,
    ) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
        let axes = (0..from.rank()).rposition(|k| self.count(k, from.rank()) != 1).map_or(0, |last| last + 1);
        Gather::new(from, to, axes, move |k, i| Some(i % from.dim(k)))
    }
}

#[cfg(test)]
super::conformance::cases!(Tile: (shape(1..5), prop::collection::vec(1..4isize, 1..3)) => |(input, mut repeats)| {
    repeats.truncate(input.rank());
    Case::new(Tile { repeats: formwork_shape::Dims::of(&repeats) }, [input])
});

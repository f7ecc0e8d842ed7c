use formwork_shape::layers::Flip;
use formwork_shape::{In, MAX_RANK, Shape};

use super::gather::{Gather, Places};

impl Places for Flip {
    fn places<'s>(
        &'s self,
        from: &'s Shape,
        to: &'s Shape,
    ) -> Gather<'s, impl Fn(usize, usize) -> Option<usize> + Sync + 's> {
        // The rule has accepted the axes.
        let flipped = self.flipped(&In::new("", *from)).unwrap_or([false; MAX_RANK]);
        let axes = flipped.iter().rposition(|flipped| *flipped).map_or(0, |last| last + 1);
        Gather::new(from, to, axes, move |k, i| Some(if flipped[k] { from.dim(k) - 1 - i } else { i }))
    }
}

#[cfg(test)]
super::conformance::cases!(Flip: (shape(1..5), any::<bool>()) => |(input, both)| {
    let axes: &[isize] = if both && input.rank() > 1 { &[1, -1] } else { &[1] };
    Case::new(Flip { axis: formwork_shape::Dims::of(axes) }, [input])
});

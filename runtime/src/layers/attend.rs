//! What the attention layers share: from scores to weights, and weighted sums of values.

mod heads;
mod single;
mod sums;

pub(super) use heads::{Heads, side_by_side};
pub(super) use single::{Of, Single, Unweighed};
pub(super) use sums::{Sums, put_gradients, total};

use formwork_shape::Masks;

use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::attention::{Part, Sizes, Targets, Unweigh, Weigh};
use crate::kernels::{Level, softmax};
use crate::random::Random;
use crate::view::View;

/// Which pairs of step and place do not count. Masks hold 1 where they keep and 0 where they hide.
pub(super) struct Hiding<'a, T> {
    /// Does a step see only places up to its own?
    causal: bool,
    /// Does it see only places less than so many from its own?
    near: Option<usize>,
    /// A value a step.
    steps: Option<&'a [T]>,
    /// A value a place: of the value, of the key.
    places: [Option<&'a [T]>; 2],
    /// A value a pair, of `[heads, steps, places]`, any of which may be 1.
    pairs: Option<(&'a [T], [usize; 3])>,
}

/// The tensors among the inputs of an attention layer, and its masks: of query, value, key and pairs.
pub(super) fn split<'s, 'a, T>(
    x: &'s [View<'a, T>],
    masks: Masks,
) -> (&'s [View<'a, T>], [Option<&'s View<'a, T>>; 4]) {
    let given = masks.list();
    let (tensors, mut rest) = x.split_at(x.len() - given.iter().filter(|given| **given).count());
    let masks = given.map(|given| {
        let (first, others) = rest.split_first().filter(|_| given)?;
        rest = others;
        Some(first)
    });
    (tensors, masks)
}

impl<'a, T: Real> Hiding<'a, T> {
    /// What the masks of an attention layer hide; its query's only if `query` says so.
    pub fn new(causal: bool, query: bool, masks: [Option<&View<'a, T>>; 4]) -> Self {
        let data = |mask: Option<&View<'a, T>>| mask.map(View::data);
        let pairs = masks[3].map(|mask| {
            let dims = mask.shape().dims();
            (mask.data(), [if dims.len() == 3 { dims[0] } else { 1 }, dims[dims.len() - 2], dims[dims.len() - 1]])
        });
        Hiding {
            causal,
            near: None,
            steps: data(masks[0]).filter(|_| query),
            places: [data(masks[1]), data(masks[2])],
            pairs,
        }
    }

    /// The same, where a step sees only places less than `near` from its own.
    pub fn within(self, near: Option<usize>) -> Self {
        Hiding { near, ..self }
    }

    fn has_masks(&self) -> bool {
        self.near.is_some() || self.steps.is_some() || self.places.iter().any(Option::is_some) || self.pairs.is_some()
    }

    /// Does a step of a head see this place?
    fn sees(&self, sizes: &Sizes, (sample, head, step): (usize, usize, usize), place: usize) -> bool {
        let keeps = |mask: &[T], at: usize| mask[at] != T::zero();
        let pair = self.pairs.is_none_or(|(mask, [heads, steps, places])| {
            let at = |i: usize, len: usize| if len == 1 { 0 } else { i };
            keeps(mask, ((sample * heads + at(head, heads)) * steps + at(step, steps)) * places + at(place, places))
        });
        pair && (!self.causal || place <= step)
            && self.near.is_none_or(|near| place.abs_diff(step) < near)
            && self.steps.is_none_or(|mask| keeps(mask, sample * sizes.steps + step))
            && self.places.iter().flatten().all(|mask| keeps(mask, sample * sizes.places + place))
    }

    /// Turns the scores of a part but for a factor into weights that sum to 1 over the places that are not hidden. A step that sees
    /// nothing weighs all places alike.
    fn weigh(&self, level: Level, sizes: &Sizes, at: &Part, factor: T, scores: &mut [T]) {
        let places = sizes.places;
        if !self.causal && !self.has_masks() {
            return softmax::softmax(level, scores, places, factor);
        }
        for (step, scores) in at.steps.clone().zip(scores.chunks_exact_mut(places.max(1))) {
            let mut factor = factor;
            if self.has_masks() {
                // What is hidden is less than all others whatever the sign of the factor.
                scores.iter_mut().for_each(|score| *score *= factor);
                factor = T::one();
                let unseen = |place: &usize| !self.sees(sizes, (at.sample, at.head, step), *place);
                if (0..places).all(|place| unseen(&place)) {
                    scores.fill(T::of(1.0 / places as f64));
                    continue;
                }
                (0..places).filter(unseen).for_each(|place| scores[place] = T::neg_infinity());
            }
            let seen = if self.causal { (step + 1).min(places) } else { places };
            let (seen, hidden) = scores.split_at_mut(seen);
            softmax::softmax(level, seen, seen.len(), factor);
            hidden.fill(T::zero());
        }
    }

    /// A step that sees nothing weighs all places alike, whatever their scores: the gradient of those is 0.
    fn correct(&self, sizes: &Sizes, at: &Part, d: &mut [T]) {
        if !self.has_masks() {
            return;
        }
        for (step, d) in at.steps.clone().zip(d.chunks_exact_mut(sizes.places.max(1))) {
            if !(0..sizes.places).any(|place| self.sees(sizes, (at.sample, at.head, step), place)) {
                d.fill(T::zero());
            }
        }
    }
}

/// What a pass keeps: the weights of the sums, and what dropout multiplied them by.
#[derive(Default)]
pub(super) struct Weighing<T> {
    shares: Buffer<T>,
    factors: Buffer<T>,
}

/// The scores: how those of a part are written, but for a factor.
pub(super) struct Scores<'a, T> {
    pub write: &'a (dyn Fn(&Part, &mut [T]) + Sync),
    pub factor: T,
}

impl<T: Real> Weighing<T> {
    /// The sums of values by scores, which are kept and partly dropped in training, with random numbers. Where the weights are an
    /// output too, they go to `weights`.
    #[allow(clippy::too_many_arguments, reason = "one call for each kind of attention")]
    pub fn sums(
        &mut self,
        pass: &Pass<'_>,
        sizes: &Sizes,
        hiding: &Hiding<'_, T>,
        dropout: Option<(f64, Random)>,
        scores: &Scores<'_, T>,
        value: &[T],
        y: &mut [T],
        mut weights: Option<&mut [T]>,
    ) {
        let (len, trains) = (sizes.pairs(), dropout.is_some());
        let factors = dropout.filter(|(rate, _)| *rate > 0.0).map(|(rate, mut random)| {
            let (factors, keep) = (self.factors.take(len), T::of(1.0 / (1.0 - rate)));
            random.units(factors, |draw| if draw < rate { T::zero() } else { keep });
            &*factors
        });
        let level = pass.threads.level();
        let weigh = |at: &Part, pairs: &mut [T]| hiding.weigh(level, sizes, at, scores.factor, pairs);
        let shares = trains.then(|| self.shares.take(len));
        let drops = factors.is_some();
        let (kept, dropped) = match shares {
            Some(shares) => (Some(shares), weights.as_deref_mut().filter(|_| drops)),
            None => (weights.take(), None),
        };
        let factors = factors.map(|factors| (factors, dropped));
        let weigh = Weigh { score: scores.write, weigh: &weigh, weights: kept, factors };
        sizes.sums(pass.threads, weigh, value, y);
        if let Some(weights) = weights.filter(|_| !drops) {
            weights.copy_from_slice(self.shares.get(len));
        }
    }

    /// The gradients of values, scores, queries and keys, from those of the sums and, where they are an output, of the weights.
    pub fn gradients(
        &self,
        pass: &Pass<'_>,
        sizes: &Sizes,
        hiding: &Hiding<'_, T>,
        dropout: f64,
        (dy, value, dweights): (&[T], &[T], Option<&[T]>),
        targets: Targets<'_, T>,
    ) {
        let len = sizes.pairs();
        let from = Unweigh {
            value,
            dy,
            weights: self.shares.get(len),
            factors: (dropout > 0.0).then(|| self.factors.get(len)),
            dweights,
            correct: &|at, d| hiding.correct(sizes, at, d),
        };
        sizes.gradients(pass.threads, &from, targets);
    }
}

/// Rows of `width` become 0 where `mask` hides them.
pub(super) fn hide<T: Real>(rows: &mut [T], width: usize, mask: Option<&View<'_, T>>) {
    let Some(mask) = mask else { return };
    for (row, keep) in rows.chunks_exact_mut(width).zip(mask.data()) {
        if *keep == T::zero() {
            row.fill(T::zero());
        }
    }
}

/// The gradient of rows of `width` that `mask` hides: a copy in `room`, where there is a mask.
pub(super) fn hidden<'r, T: Real>(
    dy: &'r [T],
    width: usize,
    mask: Option<&View<'_, T>>,
    room: &'r mut Buffer<T>,
) -> &'r [T] {
    if mask.is_none() {
        return dy;
    }
    let copy = room.take(dy.len());
    copy.copy_from_slice(dy);
    hide(copy, width, mask);
    copy
}

//! Attention with one head: what Attention and AdditiveAttention share.

use formwork_shape::Masks;

use super::{Hiding, Scores, Weighing, hidden, hide, split};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::attention::{Part, Sizes, Targets};
use crate::random::Random;
use crate::view::{View, ViewMut};

/// The settings that both have.
#[derive(Clone, Copy)]
pub(in super::super) struct Single {
    pub causal: bool,
    pub dropout: f64,
    pub masks: Masks,
}

/// The weights of the sums, and room for gradients.
#[derive(Default)]
struct Room<T> {
    weighing: Weighing<T>,
    d: Buffer<T>,
    room: Buffer<T>,
    dy: Buffer<T>,
}

/// What backward reads besides, and where it stands.
pub(in super::super) struct Unweighed<'a, 'w, T> {
    pub sizes: Sizes,
    /// The place of the key among the inputs: that of the value, where both are one.
    pub key_place: usize,
    pub query: &'a [T],
    pub key: &'a [T],
    /// The gradients of the scores, or those of query and key but for the factor of the scores.
    pub d: [&'w mut [T]; 2],
    pub room: &'w mut Buffer<T>,
}

/// What gradients are wanted of.
#[derive(Clone, Copy, PartialEq)]
pub(in super::super) enum Of {
    Scores,
    /// Query and key, of which the scores are the product.
    Factors,
}

impl Single {
    /// Weighted sums of values; `scores` writes those of a head of query and key but for `factor`. Numbers are `random` in training.
    #[allow(clippy::too_many_arguments, reason = "what both layers share")]
    pub fn forward<T: Real>(
        &self,
        pass: &Pass<'_>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
        random: Option<Random>,
        factor: T,
        scores: impl Fn(&Sizes, &Part, (&[T], &[T]), &mut [T]) + Sync,
    ) {
        let (x, masks) = split(x, self.masks);
        let (sizes, hiding) = (sizes(pass, x), Hiding::new(self.causal, false, masks));
        let (query, key) = (x[0].data(), x[x.len() - 1].data());
        let weighing = &mut work.of::<Room<T>>().weighing;
        let dropout = random.map(|random| (self.dropout, random));
        let scores = Scores { write: &|at: &Part, to: &mut [T]| scores(&sizes, at, (query, key), to), factor };
        let (y, more) = y.split_at_mut(1);
        let weights = more.first_mut().map(|weights| &mut *weights.data);
        weighing.sums(pass, &sizes, &hiding, dropout, &scores, x[1].data(), y[0].data, weights);
        hide(y[0].data, sizes.value, masks[0]);
    }

    /// Back to the values, which get their gradient, and to what is wanted.
    pub fn backward<'a, 'w, T: Real>(
        &self,
        pass: &Pass<'_>,
        step: &mut Backward<'_, 'a, T>,
        work: &'w mut Work,
        of: Of,
    ) -> Unweighed<'a, 'w, T> {
        let Room { weighing, d, room, dy } = work.of::<Room<T>>();
        let (x, masks) = split(step.x, self.masks);
        let (sizes, hiding) = (sizes(pass, x), Hiding::new(self.causal, false, masks));
        let key_place = x.len() - 1;
        let (query, key, value) = (x[0].data(), x[key_place].data(), x[1].data());
        let dweights = step.dy.get(1).map(View::data);
        let dy = hidden(step.dy[0].data(), sizes.value, masks[0], dy);
        let lengths = match of {
            Of::Scores => [sizes.pairs(), 0],
            Of::Factors => [query.len(), key.len()],
        };
        let (first, second) = d.take(lengths[0] + lengths[1]).split_at_mut(lengths[0]);
        let mut targets = Targets { value: step.dx[1].target(), scores: None, query: None, key: None };
        match of {
            Of::Scores => targets.scores = Some(&mut *first),
            Of::Factors => (targets.query, targets.key) = (Some((&mut *first, key)), Some((&mut *second, query))),
        }
        weighing.gradients(pass, &sizes, &hiding, self.dropout, (dy, value, dweights), targets);
        Unweighed { sizes, key_place, query, key, d: [first, second], room }
    }
}

fn sizes<T>(pass: &Pass<'_>, x: &[View<'_, T>]) -> Sizes {
    Sizes {
        steps: x[0].shape().dim(0),
        places: x[1].shape().dim(0),
        heads: 1,
        shared: 1,
        key: x[0].last(),
        value: x[1].last(),
        samples: pass.batch,
    }
}

//! Attention with one head: what Attention and AdditiveAttention share.

use formwork_shape::Masks;

use super::{Hiding, Sizes, Weighing, hidden, hide, split};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass, Work};
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
    dy: Buffer<T>,
}

/// Where backward stands once the gradient of the values has been written.
pub(in super::super) struct Unweighed<'a, 'w, T> {
    pub sizes: Sizes,
    /// The place of the key among the inputs: that of the value, where both are one.
    pub key_place: usize,
    pub query: &'a [T],
    pub key: &'a [T],
    /// The gradients of the scores.
    pub d: &'w [T],
    pub room: &'w mut Buffer<T>,
}

impl Single {
    /// Weighted sums of values; `scores` writes the scores of query and key but for a factor, which it returns. Numbers are
    /// `random` in training.
    pub fn forward<T: Real>(
        &self,
        pass: &Pass<'_>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
        random: Option<Random>,
        scores: impl FnOnce(&Sizes, (&[T], &[T]), &mut [T]) -> T,
    ) {
        let (x, masks) = split(x, self.masks);
        let (sizes, hiding) = (sizes(pass, x), Hiding::new(self.causal, false, masks));
        let (query, key) = (x[0].data(), x[x.len() - 1].data());
        let weighing = &mut work.of::<Room<T>>().weighing;
        let dropout = random.map(|random| (self.dropout, random));
        let shares = sizes.weigh(pass, weighing, &hiding, dropout, |to| scores(&sizes, (query, key), to));
        sizes.mix(pass, shares, x[1].data(), y[0].data);
        hide(y[0].data, sizes.value, masks[0]);
        if let Some(y) = y.get_mut(1) {
            y.data.copy_from_slice(shares);
        }
    }

    /// Back to the scores.
    pub fn backward<'a, 'w, T: Real>(
        &self,
        pass: &Pass<'_>,
        step: &mut Backward<'_, 'a, T>,
        work: &'w mut Work,
    ) -> Unweighed<'a, 'w, T> {
        let Room { weighing, d: room, dy } = work.of::<Room<T>>();
        let (x, masks) = split(step.x, self.masks);
        let (sizes, hiding) = (sizes(pass, x), Hiding::new(self.causal, false, masks));
        let key_place = x.len() - 1;
        let (query, key, value) = (x[0].data(), x[key_place].data(), x[1].data());
        let dweights = step.dy.get(1).map(View::data);
        let dy = hidden(step.dy[0].data(), sizes.value, masks[0], dy);
        if let Some(target) = step.dx[1].target() {
            sizes.value_gradient(pass, weighing, self.dropout, dy, target);
        }
        let d = sizes.unweigh(pass, weighing, &hiding, self.dropout, (dy, value), dweights);
        Unweighed { sizes, key_place, query, key, d, room }
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

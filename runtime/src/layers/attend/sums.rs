//! Scores by the sum of query and key: AdditiveAttention, and Attention with `score_mode = concat`.

use formwork_shape::Activation;

use super::super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::attention::{Part, Sizes};
use crate::kernels::{Level, Write, activation, scratch};
use crate::view::Grad;

/// How query and key are compared by the sum of their features: `score = Σ weight tanh(scale (query + key))`.
#[derive(Clone, Copy)]
pub(in super::super) struct Sums<'a, T> {
    /// A number for all features.
    pub scale: T,
    /// A number a feature, or one for all.
    pub weight: &'a [T],
}

impl<T: Real> Sums<'_, T> {
    fn weight(&self, feature: usize) -> T {
        self.weight[if self.weight.len() == 1 { 0 } else { feature }]
    }

    /// `tanh(scale (query + key))` of a step's query and each key of a sample.
    fn bend(&self, level: Level, query: &[T], keys: &[T], bent: &mut [T]) {
        for (bent, key) in bent.chunks_exact_mut(query.len()).zip(keys.chunks_exact(query.len())) {
            for ((bent, query), key) in bent.iter_mut().zip(query).zip(key) {
                *bent = self.scale * (*query + *key);
            }
        }
        activation::forward(level, Activation::Tanh, bent, query.len());
    }

    /// The scores of a part.
    pub fn scores(&self, sizes: &Sizes, level: Level, at: &Part, (query, key): (&[T], &[T]), scores: &mut [T]) {
        let Sizes { steps, places, key: width, .. } = *sizes;
        let query = query[(at.sample * steps + at.steps.start) * width..].chunks_exact(width);
        let keys = &key[at.sample * places * width..][..places * width];
        scratch::elements(places * width, |bent: &mut [T]| {
            for (query, scores) in query.zip(scores.chunks_exact_mut(places.max(1))) {
                self.bend(level, query, keys, bent);
                for (score, bent) in scores.iter_mut().zip(bent.chunks_exact(width)) {
                    *score = match self.weight {
                        [weight] => *weight * each::sum(bent),
                        weights => each::sum_of([weights, bent], |[weight, bent]| weight * bent),
                    };
                }
            }
        });
    }

    /// The gradients of query, key, the weight of each feature, and the scale, one after the other for each sample.
    /// Returns them with where each begins and how long a sample's are.
    pub fn gradients<'r>(
        &self,
        sizes: &Sizes,
        pass: &Pass<'_>,
        (query, key): (&[T], &[T]),
        d: &[T],
        room: &'r mut Buffer<T>,
    ) -> (&'r [T], [usize; 4]) {
        let Sizes { steps, places, key: width, .. } = *sizes;
        let (keys_at, weight_at) = (steps * width, (steps + places) * width);
        let (scale_at, size) = (weight_at + width, weight_at + width + 1);
        let room = room.take(sizes.samples * size);
        each::parts_of(pass.threads, room, size, steps * places * width, |sample, room| {
            room.fill(T::zero());
            let (dquery, rest) = room.split_at_mut(keys_at);
            let (dkeys, rest) = rest.split_at_mut(places * width);
            let (dweight, dscale) = rest.split_at_mut(width);
            let query = query[sample * steps * width..].chunks_exact(width);
            let keys = &key[sample * places * width..][..places * width];
            let d = d[sample * steps * places..].chunks_exact(places);
            scratch::elements(places * width, |bent: &mut [T]| {
                for ((query, dquery), d) in query.zip(dquery.chunks_exact_mut(width)).zip(d) {
                    self.bend(pass.threads.level(), query, keys, bent);
                    let places = keys.chunks_exact(width).zip(dkeys.chunks_exact_mut(width));
                    for (((key, dkey), bent), d) in places.zip(bent.chunks_exact(width)).zip(d) {
                        for k in 0..width {
                            let slope = *d * self.weight(k) * (T::one() - bent[k] * bent[k]);
                            dquery[k] += self.scale * slope;
                            dkey[k] += self.scale * slope;
                            dweight[k] += *d * bent[k];
                            dscale[0] += (query[k] + key[k]) * slope;
                        }
                    }
                }
            });
        });
        (room, [keys_at, weight_at, scale_at, size])
    }
}

/// Adds up the parts `range` of every sample, which `write` puts into `out`, one number a place of the range.
pub(in super::super) fn total<T: Real>(room: &[T], size: usize, from: usize, (out, write): (&mut [T], Write)) {
    for (k, out) in out.iter_mut().enumerate() {
        let sum = room.chunks_exact(size).fold(T::zero(), |sum, room| sum + room[from + k]);
        each::put(write, out, sum);
    }
}

/// Puts the gradients of query and key, which lie at `at` in those of every sample, where they go.
pub(in super::super) fn put_gradients<T: Real>(
    dx: &mut [Grad<'_, T>],
    place: usize,
    room: &[T],
    size: usize,
    [query, key, end]: [usize; 3],
) {
    for (input, range) in [(0, query..key), (place, key..end)] {
        let Some((dx, write)) = dx[input].target() else { continue };
        // The values are the keys: their gradient is there already.
        let write = if input == 1 { Write::Add } else { write };
        for (dx, room) in dx.chunks_exact_mut(range.len()).zip(room.chunks_exact(size)) {
            dx.iter_mut().zip(&room[range.clone()]).for_each(|(dx, d)| each::put(write, dx, *d));
        }
    }
}

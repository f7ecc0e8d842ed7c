use std::sync::atomic::{AtomicU64, Ordering};

use super::betas::{self, betas, unbias};
use super::step::{CHUNK, MOST, Now, Whole};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::threads::Threads;
use crate::weights::largest_of_many;

/// [`Adam`](super::Adam) with steps as long as the weights are large, for large batches: of each variable
/// `u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)` and `w -= rate |w| / |u| u`; where either norm is 0, `w -= rate u`.
///
/// You et al. (2019), <https://arxiv.org/abs/1904.00962>.
#[derive(Clone, Debug)]
pub struct Lamb {
    rule: Layers,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct Layers {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
}

impl Lamb {
    /// Lamb with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        Lamb { rule: Layers { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }, common: Common::new(rate) }
    }
}

/// A variable is cut into at most this many parts, whatever the number of threads: the norms are the same bits for any.
const PARTS: usize = 64;

impl Rule for Layers {
    const WHOLE: bool = true;

    fn check(&self) -> Result<(), String> {
        betas::check(self.beta_1, self.beta_2, self.epsilon)
    }

    fn most<T: Real>(&self) -> T {
        largest_of_many()
    }

    fn slots(&self) -> usize {
        2
    }

    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], slots: [&mut [T]; MOST]) {
        self.update_whole(now, Whole::vector(w, g, slots));
    }

    fn update_whole<T: Real>(&self, now: Now, whole: Whole<'_, T>) {
        let Whole { w, g, slots: [m, v, _], .. } = whole;
        let threads = Threads::global();
        let part = CHUNK.max(w.len().div_ceil(PARTS));
        let (c1, c2) = (T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2));
        let unbias_m = T::of(unbias(self.beta_1, now.step));
        let unbias_v = T::of(unbias(self.beta_2, now.step));
        let epsilon = T::of(self.epsilon);
        let step = |m: T, v: T| m * unbias_m / ((v * unbias_v).sqrt() + epsilon);
        let sums = [const { [const { AtomicU64::new(0) }; PARTS] }; 2];
        let weights = &*w;
        threads.zip_chunks_mut([&mut *m, &mut *v], part, &|index, [m, v]| {
            let (mut square, mut moved) = (0.0, 0.0);
            let (w, g) = (&weights[index * part..], &g[index * part..]);
            for (((m, v), w), g) in m.iter_mut().zip(v).zip(w).zip(g) {
                *m += (*g - *m) * c1;
                *v += (*g * *g - *v) * c2;
                square += w.wide() * w.wide();
                let step = step(*m, *v).wide();
                moved += step * step;
            }
            sums[0][index].store(f64::to_bits(square), Ordering::Relaxed);
            sums[1][index].store(f64::to_bits(moved), Ordering::Relaxed);
        });
        let norm = |parts: &[AtomicU64]| {
            parts.iter().map(|part| f64::from_bits(part.load(Ordering::Relaxed))).sum::<f64>().sqrt()
        };
        let (size, moved) = (norm(&sums[0]), norm(&sums[1]));
        let ratio = if size > 0.0 && moved > 0.0 { size / moved } else { 1.0 };
        let rate = T::of(now.rate * ratio);
        let (m, v) = (&*m, &*v);
        threads.chunks_mut(w, part, &|index, w| {
            for ((w, m), v) in w.iter_mut().zip(&m[index * part..]).zip(&v[index * part..]) {
                *w -= rate * step(*m, *v);
            }
        });
    }
}

betas! { Lamb, "0.9", "0.999", "1e-7" }
builders! { Lamb }
optimizer! { Lamb }

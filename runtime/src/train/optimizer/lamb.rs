use std::sync::atomic::{AtomicU64, Ordering};

use super::adam::{betas, powi};
use super::step::{CHUNK, MOST, Now};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::threads::Threads;
use crate::train::loss::within;

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

    /// How slowly the average of the gradient moves; 0.9 by default.
    pub fn beta_1(mut self, beta: f64) -> Self {
        self.rule.beta_1 = beta;
        self
    }

    /// How slowly the average of its square moves; 0.999 by default.
    pub fn beta_2(mut self, beta: f64) -> Self {
        self.rule.beta_2 = beta;
        self
    }

    /// Keeps quotients finite; 1e-7 by default.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.epsilon = epsilon;
        self
    }
}

/// A variable is cut into at most this many parts, whatever the number of threads: the norms are the same bits for any.
const PARTS: usize = 64;

impl Rule for Layers {
    const WHOLE: bool = true;

    fn check(&self) -> Result<(), String> {
        betas(self.beta_1, self.beta_2)?;
        within("epsilon", self.epsilon, 0.0..=f64::MAX)
    }

    fn slots(&self) -> usize {
        2
    }

    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], slots: [&mut [T]; MOST]) {
        self.update_whole(now, &[w.len()], w, g, slots);
    }

    fn update_whole<T: Real>(&self, now: Now, _: &[usize], w: &mut [T], g: &[T], [m, v, _]: [&mut [T]; MOST]) {
        let threads = Threads::global();
        let part = CHUNK.max(w.len().div_ceil(PARTS));
        let (c1, c2) = (T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2));
        let unbias_m = T::of(1.0 / (1.0 - powi(self.beta_1, now.step)));
        let unbias_v = T::of(1.0 / (1.0 - powi(self.beta_2, now.step)));
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

builders! { Lamb }
optimizer! { Lamb }

//! Reproducible random numbers: one stream for each seed, purpose and step.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

use crate::Threads;
use crate::kernels::Routine;

/// Numbers in a task: some microseconds of work.
const TASK: usize = if cfg!(test) { 100 } else { 1 << 13 };

/// Numbers that are drawn before any is used: few enough for the first-level cache.
const BLOCK: usize = 256;

/// What random numbers are drawn for. Streams of different purposes never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The first weights of a model.
    Weights,
    /// The order of samples in an epoch.
    Shuffle,
    /// What a layer draws in training (Dropout): the layer's place in the model.
    Layer(u32),
    /// What a program of your own draws.
    Data,
}

/// A stream of random numbers.
#[derive(Debug)]
pub struct Random {
    stream: ChaCha8Rng,
}

impl Random {
    /// The stream of a seed, a purpose and a step; the same three give the same numbers on every machine.
    pub fn new(seed: u64, purpose: Purpose, step: u64) -> Self {
        let purpose = match purpose {
            Purpose::Weights => 0,
            Purpose::Shuffle => 1,
            Purpose::Layer(place) => 2 + u64::from(place),
            Purpose::Data => u64::MAX,
        };
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&purpose.to_le_bytes());
        key[16..24].copy_from_slice(&step.to_le_bytes());
        Random { stream: ChaCha8Rng::from_seed(key) }
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.stream.next_u32()
    }

    /// What as many calls of `bits` give.
    pub(crate) fn fill(&mut self, bits: &mut [u32]) {
        self.stream.fill(bits);
    }

    /// This stream from its number `place` on, counted in calls of `bits` from its start.
    pub(crate) fn from(&self, place: usize) -> Random {
        let mut stream = ChaCha8Rng::from_seed(self.stream.get_seed());
        stream.set_word_pos(place as u128);
        Random { stream }
    }

    /// Uniform in 0..1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        let draw = self.stream.next_u64();
        unit([draw as u32, (draw >> 32) as u32])
    }

    /// Uniform in `low..high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Standard normal (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        normal([self.unit(), self.unit()])
    }

    /// What `value` makes of each of the next numbers in 0..1, as if they were drawn one by one.
    pub(crate) fn units<T: Send>(&mut self, to: &mut [T], value: impl Fn(f64) -> T + Sync) {
        self.each(to, |draw| value(unit(draw)));
    }

    /// What `value` makes of each of the next standard normal numbers, as if they were drawn one by one.
    pub(crate) fn normals<T: Send>(&mut self, to: &mut [T], value: impl Fn(f64) -> T + Sync) {
        self.each(to, |[a, b, c, d]| value(normal([unit([a, b]), unit([c, d])])));
    }

    /// What `value` makes of each of the next `N` draws. The stream can be entered anywhere, so that threads share it.
    fn each<T: Send, const N: usize>(&mut self, to: &mut [T], value: impl Fn([u32; N]) -> T + Sync) {
        let first = self.stream.get_word_pos() as usize;
        let start = self.from(first);
        let threads = Threads::global();
        threads.chunks_mut(to, TASK, &|task, to| {
            let mut random = start.from(first + task * TASK * N);
            let mut draws = [[0; N]; BLOCK];
            for to in to.chunks_mut(BLOCK) {
                let draws = &mut draws[..to.len()];
                random.fill(draws.as_flattened_mut());
                threads.level().run(Made { draws, to, value: &value });
            }
        });
        *self = start.from(first + to.len() * N);
    }

    /// Uniform in `0..limit`, without bias.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = limit as u64;
        // Draws that would favour small numbers are drawn again.
        let zone = u64::MAX - u64::MAX % limit;
        loop {
            let draw = self.stream.next_u64();
            if draw < zone {
                return (draw % limit) as usize;
            }
        }
    }

    /// Puts `items` in random order (Fisher and Yates).
    pub fn shuffle<I>(&mut self, items: &mut [I]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// The number in 0..1 that two words stand for.
#[inline(always)]
fn unit([low, high]: [u32; 2]) -> f64 {
    ((u64::from(high) << 32 | u64::from(low)) >> 11) as f64 / (1u64 << 53) as f64
}

#[inline(always)]
fn normal([first, second]: [f64; 2]) -> f64 {
    let radius = (-2.0 * (1.0 - first).ln()).sqrt();
    radius * (std::f64::consts::TAU * second).cos()
}

struct Made<'a, T, F, const N: usize> {
    draws: &'a [[u32; N]],
    to: &'a mut [T],
    value: &'a F,
}

impl<T, F: Fn([u32; N]) -> T, const N: usize> Routine for Made<'_, T, F, N> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for (to, draw) in self.to.iter_mut().zip(self.draws) {
            *to = (self.value)(*draw);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_from_any_place() {
        let stream = || Random::new(7, Purpose::Layer(3), 11);
        let mut one_by_one = stream();
        let expected: Vec<u32> = (0..600).map(|_| one_by_one.bits()).collect();
        for place in [0, 1, 15, 16, 63, 64, 257] {
            let mut bits = [0; 300];
            stream().from(place).fill(&mut bits);
            assert_eq!(bits[..], expected[place..place + 300]);
        }
    }

    #[test]
    fn many_numbers_are_those_that_are_drawn_one_by_one() {
        for (before, len) in [(0, 0), (1, 3), (16, 100), (31, 101), (32, 256), (33, 1000), (64, 513)] {
            let mut one_by_one = Random::new(7, Purpose::Data, 1);
            let mut many = Random::new(7, Purpose::Data, 1);
            for _ in 0..before {
                assert_eq!(one_by_one.bits(), many.bits());
            }
            let mut units = vec![0.0; len];
            many.units(&mut units, |unit| 2.0 * unit);
            let expected: Vec<f64> = (0..len).map(|_| 2.0 * one_by_one.unit()).collect();
            assert_eq!(units, expected, "{len} after {before}");
            many.normals(&mut units, |normal| normal);
            let expected: Vec<f64> = (0..len).map(|_| one_by_one.normal()).collect();
            assert_eq!(units, expected, "{len} after {before}");
            assert_eq!(one_by_one.bits(), many.bits());
        }
    }
}

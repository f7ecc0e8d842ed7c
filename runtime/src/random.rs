//! Reproducible random numbers: one stream for each seed, purpose and step.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

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
        (self.stream.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `low..high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Standard normal (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
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
}

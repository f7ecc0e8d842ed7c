//! Samples that are rows of arrays in memory: reordering them only moves numbers of rows.

use std::sync::Arc;

use super::array::{AnyArray, Arrays, Borrowed};
use super::sample::{Columns, Fields, Row};
use super::sample_weights::{SampleWeights, Weights};
use crate::random::{Purpose, Random};
use crate::{Error, Result};

/// Rows of arrays in some order.
#[derive(Clone)]
pub struct Table<'a> {
    inputs: Arrays<'a>,
    targets: Arrays<'a>,
    rows: usize,
    /// By the place in the arrays.
    pub(crate) given: Weights,
    /// The names of the targets.
    outputs: &'static [&'static str],
    steps: Vec<Step>,
}

/// One change of the order; each works on what the earlier ones left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The first rows.
    Take(usize),
    /// The rows after the first ones.
    Skip(usize),
    /// Another order in each pass.
    Shuffle(Shuffle),
    /// All rows several times.
    Repeat(usize),
}

/// The next sample is drawn from a buffer of so many, which the following samples refill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shuffle {
    pub(crate) buffer: usize,
    pub(crate) seed: u64,
}

impl Shuffle {
    /// What each pass over the data draws from.
    pub(crate) fn random(&self, pass: u64) -> Random {
        Random::new(self.seed, Purpose::Shuffle, pass)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.buffer > 0 {
            return Ok(());
        }
        Err(Error::data("shuffle needs a buffer of at least 1 sample; as many as there are samples mix best"))
    }
}

impl<'a> Table<'a> {
    /// Checks what needs no model.
    pub(crate) fn new<X: Columns<'a>, Y: Columns<'a>>(inputs: &X, targets: &Y) -> Result<Self> {
        let (inputs, targets) = (inputs.arrays(), targets.arrays());
        let names = || {
            let (x, y) = (X::Sample::NAMES, Y::Sample::NAMES);
            x.iter().map(|name| ("input", name)).chain(y.iter().map(|name| ("target", name)))
        };
        let all = || names().zip(inputs.iter().chain(&targets));
        let rows = |array: &Arc<dyn AnyArray + 'a>| array.dims().first().copied().unwrap_or(0);
        let first = all().next().map_or(0, |(_, array)| rows(array));
        if all().any(|(_, array)| rows(array) != first) {
            let counts: Vec<String> =
                all().map(|((role, name), array)| format!("{role} `{name}` has {}", rows(array))).collect();
            return Err(Error::data(format!("all arrays need the same number of rows, but {}", counts.join(", "))));
        }
        if first == 0 {
            return Err(Error::data("the data set has no samples: give every array at least one row"));
        }
        for ((role, name), array) in all() {
            if let Some((row, value)) = array.first_bad() {
                return Err(Error::data(format!(
                    "{role} `{name}` holds {value} in row {row}: remove the row, or replace the value by a number"
                )));
            }
        }
        let outputs = Y::Sample::NAMES;
        Ok(Table { inputs, targets, rows: first, given: Weights::default(), outputs, steps: Vec::new() })
    }

    pub(crate) fn inputs(&self) -> Borrowed<'_> {
        self.inputs.iter().map(|array| &**array as &dyn AnyArray).collect()
    }

    pub(crate) fn targets(&self) -> Borrowed<'_> {
        self.targets.iter().map(|array| &**array as &dyn AnyArray).collect()
    }

    /// The samples without the last `share` of them, and the last ones; the first part is rounded down, as Keras does.
    pub(crate) fn split(self, share: f64) -> (Self, Self) {
        let kept = kept(self.len(), share);
        (self.clone().with(Step::Take(kept)), self.with(Step::Skip(kept)))
    }

    /// All rows in a new order in each pass.
    pub(crate) fn shuffled(self, seed: u64) -> Self {
        let buffer = self.len();
        self.with(Step::Shuffle(Shuffle { buffer, seed }))
    }

    pub(crate) fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The number of samples in a pass.
    pub(crate) fn len(&self) -> usize {
        self.steps.iter().fold(self.rows, |rows, step| match step {
            Step::Take(count) => rows.min(*count),
            Step::Skip(count) => rows.saturating_sub(*count),
            Step::Shuffle(_) => rows,
            Step::Repeat(times) => rows.saturating_mul(*times),
        })
    }

    /// Has each pass an order of its own?
    pub(crate) fn mixed(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Shuffle(_)))
    }

    pub(crate) fn check(&self) -> Result<()> {
        for step in &self.steps {
            if let Step::Shuffle(shuffle) = step {
                shuffle.check()?;
            }
        }
        Ok(())
    }

    /// The rows of a pass, in the order of their turns.
    pub(crate) fn order(&self, pass: u64, order: &mut Vec<usize>) {
        order.clear();
        self.append(&self.steps, pass, order);
    }

    fn append(&self, steps: &[Step], pass: u64, order: &mut Vec<usize>) {
        let start = order.len();
        let Some((step, earlier)) = steps.split_last() else {
            order.extend(0..self.rows);
            return;
        };
        if let Step::Repeat(times) = step {
            for time in 0..*times as u64 {
                self.append(earlier, pass * *times as u64 + time, order);
            }
            return;
        }
        self.append(earlier, pass, order);
        match step {
            Step::Take(count) => order.truncate(start.saturating_add(*count)),
            Step::Skip(count) => drop(order.drain(start..order.len().min(start.saturating_add(*count)))),
            Step::Shuffle(shuffle) => mix(&mut order[start..], shuffle.buffer, &mut shuffle.random(pass)),
            Step::Repeat(_) => {}
        }
    }

    /// The sample in a row of the arrays.
    pub(crate) fn sample<I: Fields, V: Fields>(&self, index: usize) -> (I, V) {
        let (inputs, targets) = (Row { arrays: &self.inputs, index }, Row { arrays: &self.targets, index });
        (I::row(inputs), V::row(targets))
    }

    /// How much a sample counts.
    pub(crate) fn weights(&self, index: usize) -> SampleWeights {
        self.given.sample(index, self.outputs)
    }

    /// How much each sample counts, given in the order of a pass.
    pub(crate) fn set_weights(&mut self, weights: &SampleWeights) -> Result<()> {
        if self.steps.iter().any(|step| matches!(step, Step::Shuffle(_) | Step::Repeat(_))) {
            return Err(Error::data(
                "give sample weights before .shuffle and .repeat, which change the order of samples",
            ));
        }
        let mut order = Vec::new();
        self.order(0, &mut order);
        self.given.multiply(weights, self.outputs, self.rows, &order)
    }
}

/// How many of the rows are not split off.
pub(crate) fn kept(rows: usize, share: f64) -> usize {
    (rows as f64 * (1.0 - share)).floor() as usize
}

/// Draws each item from the next `buffer` items. In place: what has not been drawn stays inside the buffer's window.
fn mix(items: &mut [usize], buffer: usize, random: &mut Random) {
    for i in 0..items.len() {
        let window = buffer.min(items.len() - i).max(1);
        items.swap(i, i + random.below(window));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_a_permutation_that_keeps_to_its_buffer() {
        let mut items: Vec<usize> = (0..100).collect();
        mix(&mut items, 10, &mut Random::new(1, Purpose::Shuffle, 0));
        assert!(items.iter().enumerate().all(|(place, item)| *item < place + 10));
        items.sort_unstable();
        assert!(items.iter().enumerate().all(|(place, item)| place == *item));
    }
}

//! The weights of samples that come one by one.

use ndarray::{ArrayD, Axis, IxDyn};
use smallvec::SmallVec;

use super::padding::{Padding, fit_axis};
use super::sample::{Fields, Stack};
use super::sample_weights::{Given, Rows, SampleWeights, Weights};
use crate::{Error, Result};

impl Weights {
    /// Those of a batch of samples, each of which brings its own; `first` is the number of the first.
    ///
    /// Weights of steps are padded as the steps are, by 0: what is not there does not count.
    pub(crate) fn of_samples(
        samples: &[SampleWeights],
        outputs: &[&str],
        first: usize,
        padding: Option<&Padding>,
    ) -> Result<Weights> {
        let mut weights = Weights::default();
        let given = || samples.iter().zip(first..).flat_map(|(all, number)| all.0.iter().map(move |one| (one, number)));
        for (given, number) in given() {
            if let Some(bad) = given.bad() {
                let weight = given.numbers[bad];
                return Err(Error::data(format!(
                    "the weight of sample {number} is {weight}: give a number of at least 0"
                )));
            }
            weights.each(if given.place(outputs)?.is_some() { outputs.len() } else { 1 });
        }
        for (output, rows) in weights.0.iter_mut().enumerate() {
            let name = outputs.get(output).copied();
            let mine = |given: &&Given| given.output.is_none() || given.output.as_deref() == name;
            if given().any(|(given, _)| mine(&given)) {
                let samples = samples.iter().zip(first..);
                let each = samples.map(|(all, number)| product(all.0.iter().filter(mine), number));
                *rows = Some(stacked(&each.collect::<Result<Vec<_>>>()?, first, padding)?);
            }
        }
        Ok(weights)
    }
}

/// What a sample counts for one output: one number, or one for each step.
fn product<'g>(given: impl Iterator<Item = &'g Given>, number: usize) -> Result<ArrayD<f64>> {
    let one = ArrayD::from_elem(IxDyn(&[]), 1.0);
    given.into_iter().try_fold(one, |product, given| {
        let given = ArrayD::from_shape_vec(IxDyn(&given.dims), given.numbers.to_vec()).expect("one number a place");
        match (product.ndim(), given.ndim()) {
            (0, _) => Ok(given * product.sum()),
            (_, 0) => Ok(product * given.sum()),
            _ if product.shape() == given.shape() => Ok(product * given),
            _ => Err(Error::data(format!(
                "sample {number} has weights of shapes {:?} and {:?}: give one kind",
                product.shape(),
                given.shape()
            ))),
        }
    })
}

/// Puts the weights of samples on top of each other.
fn stacked(samples: &[ArrayD<f64>], first: usize, padding: Option<&Padding>) -> Result<Rows> {
    let most = samples.iter().enumerate().rev().max_by_key(|(_, weights)| weights.ndim());
    let (at, most) = most.expect("a batch has samples");
    let mut dims: SmallVec<[usize; 2]> = most.shape().into();
    for (place, weights) in samples.iter().enumerate().filter(|(_, weights)| weights.ndim() > 0) {
        if weights.ndim() != dims.len() || (padding.is_none() && weights.shape() != &dims[..]) {
            let (one, other, dims, got) = (first + at, first + place, most.shape(), weights.shape());
            return Err(Error::data(format!(
                "the weights of sample {one} have shape {dims:?}, but those of sample {other} have {got:?}: \
                 give one for each step, and pad the samples by `.padded_batch(n)` or `.padded(length)`"
            )));
        }
        dims.iter_mut().zip(weights.shape()).for_each(|(longest, n)| *longest = (*longest).max(*n));
    }
    let mut numbers = Vec::with_capacity(samples.len() * dims.iter().product::<usize>());
    for weights in samples {
        match (weights.ndim(), padding) {
            (0, _) => numbers.resize(numbers.len() + dims.iter().product::<usize>(), weights.sum()),
            (_, Some(padding)) => {
                let padded = dims.iter().enumerate().fold(weights.clone(), |weights, (axis, length)| {
                    fit_axis(weights, Axis(axis), *length, 0.0, padding)
                });
                numbers.extend(padded);
            }
            (_, None) => numbers.extend(weights),
        }
    }
    Ok(Rows { dims, numbers })
}

impl SampleWeights {
    /// Does each step of the sample count by itself?
    pub(super) fn of_steps(&self) -> bool {
        self.0.iter().any(|given| !given.dims.is_empty())
    }

    /// Brings the weights of steps to a length, where the targets that they belong to came to it.
    pub(super) fn pad(&mut self, outputs: &[&str], before: &[usize], after: &[usize], padding: &Padding) {
        for given in self.0.iter_mut().filter(|given| !given.dims.is_empty()) {
            let steps = given.dims[0];
            let belongs = |output: &str| given.output.as_deref().is_none_or(|name| name == output);
            let mut lengths = outputs.iter().zip(before.iter().zip(after));
            let Some((_, (_, &length))) = lengths.find(|(output, (before, _))| belongs(output) && **before == steps)
            else {
                continue;
            };
            let numbers = ArrayD::from_shape_vec(IxDyn(&given.dims), given.numbers.to_vec());
            let padded = fit_axis(numbers.expect("one number a place"), Axis(0), length, 0.0, padding);
            (given.dims, given.numbers) = (padded.shape().into(), padded.into_iter().collect());
        }
    }
}

/// The length of the first axis of each field.
pub(super) fn lengths<V: Fields>(fields: &V) -> Result<Vec<usize>> {
    let mut stack = Stack::new(V::ROLE, 0, None);
    V::stack(std::slice::from_ref(fields), &mut stack)?;
    Ok(stack.finish().arrays().iter().map(|array| array.dims().get(1).copied().unwrap_or(0)).collect())
}

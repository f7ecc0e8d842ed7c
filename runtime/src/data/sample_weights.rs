//! How much samples, or their steps, count.

use ndarray::{ArrayBase, Data, Dimension};
use smallvec::SmallVec;

use crate::{Error, Result};

/// How much samples count in losses and weighted metrics: one number a sample, or one a row of the output's last axis, such as
/// a step of a sequence.
///
/// Made of an array, a list or a slice for all outputs (`.sample_weight(&weights)`), or for outputs by their names:
/// `SampleWeights::of("class", &weights).and("score", &others)`.
#[derive(Clone, Debug)]
pub struct SampleWeights(Vec<Given>);

#[derive(Clone, Debug)]
struct Given {
    /// All outputs where there is none.
    output: Option<String>,
    dims: Vec<usize>,
    numbers: Vec<f64>,
}

impl SampleWeights {
    fn all(dims: Vec<usize>, numbers: Vec<f64>) -> Self {
        SampleWeights(vec![Given { output: None, dims, numbers }])
    }

    /// Weights for one output; samples count 1 for the others.
    pub fn of(output: impl Into<String>, weights: impl Into<SampleWeights>) -> Self {
        SampleWeights(Vec::new()).and(output, weights)
    }

    /// Weights for another output, too.
    pub fn and(mut self, output: impl Into<String>, weights: impl Into<SampleWeights>) -> Self {
        let output = output.into();
        let given = weights.into().0.into_iter().map(|given| Given { output: Some(output.clone()), ..given });
        self.0.extend(given);
        self
    }
}

impl<W: Copy + Into<f64>, S: Data<Elem = W>, D: Dimension> From<&ArrayBase<S, D>> for SampleWeights {
    fn from(weights: &ArrayBase<S, D>) -> Self {
        SampleWeights::all(weights.shape().to_vec(), weights.iter().map(|weight| (*weight).into()).collect())
    }
}

impl<W: Copy + Into<f64>> From<&[W]> for SampleWeights {
    fn from(weights: &[W]) -> Self {
        SampleWeights::all(vec![weights.len()], weights.iter().map(|weight| (*weight).into()).collect())
    }
}

impl<W: Copy + Into<f64>> From<&Vec<W>> for SampleWeights {
    fn from(weights: &Vec<W>) -> Self {
        weights.as_slice().into()
    }
}

impl<W: Copy + Into<f64>, const N: usize> From<&[W; N]> for SampleWeights {
    fn from(weights: &[W; N]) -> Self {
        weights.as_slice().into()
    }
}

/// Weights by the place of samples in their arrays: none, the same for all outputs, or some for each output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights(SmallVec<[Option<Rows>; 2]>);

/// Weights of all samples for one output.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The numbers of a sample.
    pub(crate) width: usize,
    pub(crate) numbers: Vec<f64>,
}

impl Weights {
    /// The same for all outputs.
    pub(crate) fn all(numbers: Vec<f64>) -> Self {
        Weights([Some(Rows { width: 1, numbers })].into_iter().collect())
    }

    /// Those for an output.
    pub(crate) fn of(&self, output: usize) -> Option<&Rows> {
        match &self.0[..] {
            [all] => all.as_ref(),
            each => each.get(output)?.as_ref(),
        }
    }

    /// One number a sample for all outputs, unless outputs or the rows of a sample have weights of their own.
    pub(crate) fn per_sample(&self) -> Option<&[f64]> {
        match &self.0[..] {
            [Some(Rows { width: 1, numbers })] => Some(numbers),
            _ => None,
        }
    }

    /// Does every sample count 1?
    pub(crate) fn is_none(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Those of the samples in these rows.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let select = |Rows { width, numbers }: &Rows| {
            let numbers = rows.iter().flat_map(|row| &numbers[row * width..][..*width]).copied().collect();
            Rows { width: *width, numbers }
        };
        Weights(self.0.iter().map(|rows| rows.as_ref().map(select)).collect())
    }

    /// Multiplies the weights of `all` samples by given ones, which are in this order.
    pub(crate) fn multiply(
        &mut self,
        given: &SampleWeights,
        outputs: &[&str],
        all: usize,
        order: &[usize],
    ) -> Result<()> {
        for given in &given.0 {
            given.check(order.len())?;
            let Some(name) = &given.output else {
                if self.0.is_empty() {
                    self.0.push(None);
                }
                self.0.iter_mut().try_for_each(|rows| given.multiply(rows, all, order))?;
                continue;
            };
            let Some(output) = outputs.iter().position(|output| output == name) else {
                return Err(Error::data(format!(
                    "there are sample weights for `{name}`, but the outputs are {}",
                    outputs.join(", ")
                )));
            };
            if outputs.len() > 1 && self.0.len() <= 1 {
                let first = self.0.pop().flatten();
                self.0 = outputs.iter().map(|_| first.clone()).collect();
            }
            if self.0.is_empty() {
                self.0.push(None);
            }
            given.multiply(&mut self.0[output], all, order)?;
        }
        Ok(())
    }
}

impl Given {
    /// The numbers of a sample.
    fn width(&self) -> usize {
        self.dims.iter().skip(1).product()
    }

    fn check(&self, count: usize) -> Result<()> {
        let given = self.dims.first().copied().unwrap_or(0);
        if given != count {
            return Err(Error::data(format!(
                "there are {given} sample weights for {count} samples: give one a sample"
            )));
        }
        if let Some(place) = self.numbers.iter().position(|w| !w.is_finite() || *w < 0.0) {
            let (row, weight) = (place / self.width(), self.numbers[place]);
            return Err(Error::data(format!(
                "the sample weight in row {row} is {weight}: give a number of at least 0"
            )));
        }
        Ok(())
    }

    fn multiply(&self, rows: &mut Option<Rows>, all: usize, order: &[usize]) -> Result<()> {
        let old = rows.take().unwrap_or_else(|| Rows { width: 1, numbers: vec![1.0; all] });
        let (mine, width) = (self.width(), old.width.max(self.width()));
        if mine.min(old.width) > 1 && mine != old.width {
            let other = old.width;
            return Err(Error::data(format!(
                "there are sample weights of {mine} and of {other} rows a sample: give one kind"
            )));
        }
        let place = |of: usize, row: usize, at: usize| if of == 1 { row } else { row * width + at };
        let mut numbers = vec![1.0; all * width];
        for (row, numbers) in numbers.chunks_exact_mut(width.max(1)).enumerate() {
            numbers.iter_mut().enumerate().for_each(|(at, number)| *number = old.numbers[place(old.width, row, at)]);
        }
        for (turn, row) in order.iter().enumerate() {
            let numbers = numbers[row * width..][..width].iter_mut().enumerate();
            numbers.for_each(|(at, number)| *number *= self.numbers[place(mine, turn, at)]);
        }
        *rows = Some(Rows { width, numbers });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn weights_of_samples_steps_and_outputs_are_multiplied() {
        let mut weights = Weights::default();
        let outputs = ["class", "score"];
        weights.multiply(&(&[1.0, 2.0]).into(), &outputs, 3, &[2, 0]).unwrap();
        assert_eq!(weights.per_sample(), Some(&[2.0, 1.0, 1.0][..]));
        let steps = array![[1.0_f32, 3.0], [0.5, 0.0], [1.0, 1.0]];
        weights.multiply(&SampleWeights::of("score", &steps), &outputs, 3, &[0, 1, 2]).unwrap();
        assert_eq!((weights.per_sample(), weights.of(0).unwrap().width), (None, 1));
        assert_eq!(weights.of(1).unwrap().numbers, [2.0, 6.0, 0.5, 0.0, 1.0, 1.0]);
        assert_eq!(weights.select(&[1, 1]).of(1).unwrap().numbers, [0.5, 0.0, 0.5, 0.0]);
        let error = weights.multiply(&SampleWeights::of("rating", &[1.0]), &outputs, 3, &[0]).unwrap_err();
        assert!(error.to_string().contains("for `rating`, but the outputs are class, score"), "{error}");
        let error = weights.multiply(&(&array![[1.0, 1.0, 1.0]]).into(), &outputs, 3, &[0]).unwrap_err();
        assert!(error.to_string().contains("of 3 and of 2 rows a sample"), "{error}");
    }
}

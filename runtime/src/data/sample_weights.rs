//! How much samples, or their steps, count.

use std::borrow::Cow;

use ndarray::{Array, ArrayBase, Data, Dimension};
use smallvec::SmallVec;

use crate::{Error, Result};

/// How much samples count in losses and weighted metrics: one number a sample, or one a row of the output's last axis, such as
/// a step of a sequence.
///
/// Made of an array, a list or a slice for all outputs (`.sample_weight(&weights)`), or for outputs by their names:
/// `SampleWeights::of("class", &weights).and("score", &others)`.
///
/// As the third member of a single sample of a stream it has no axis of samples: a number, or a list with a number for each
/// step, or `SampleWeights::of("class", 2.0).and("steps", vec![1.0, 0.5, 0.0])`.
#[derive(Clone, Debug)]
pub struct SampleWeights(pub(super) SmallVec<[Given; 1]>);

/// Numbers for one output.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// All outputs where there is none.
    pub(super) output: Option<Cow<'static, str>>,
    pub(super) dims: SmallVec<[usize; 2]>,
    pub(super) numbers: SmallVec<[f64; 2]>,
}

impl SampleWeights {
    /// Every sample counts 1.
    pub(crate) fn none() -> Self {
        SampleWeights(SmallVec::new())
    }

    fn all(dims: &[usize], numbers: impl Iterator<Item = f64>) -> Self {
        SampleWeights(SmallVec::from_iter([Given { output: None, dims: dims.into(), numbers: numbers.collect() }]))
    }

    /// Weights for one output; samples count 1 for the others.
    pub fn of(output: impl Into<String>, weights: impl Into<SampleWeights>) -> Self {
        SampleWeights::none().and(output, weights)
    }

    /// Weights for another output, too.
    pub fn and(mut self, output: impl Into<String>, weights: impl Into<SampleWeights>) -> Self {
        let output = Some(Cow::from(output.into()));
        self.0.extend(weights.into().0.into_iter().map(|given| Given { output: output.clone(), ..given }));
        self
    }

    /// Both at once: what counts twice and three times counts six times.
    pub(super) fn times(mut self, other: SampleWeights) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl<W: Copy + Into<f64>, S: Data<Elem = W>, D: Dimension> From<&ArrayBase<S, D>> for SampleWeights {
    fn from(weights: &ArrayBase<S, D>) -> Self {
        SampleWeights::all(weights.shape(), weights.iter().map(|weight| (*weight).into()))
    }
}

impl<W: Copy + Into<f64>, D: Dimension> From<Array<W, D>> for SampleWeights {
    fn from(weights: Array<W, D>) -> Self {
        (&weights).into()
    }
}

impl<W: Copy + Into<f64>> From<&[W]> for SampleWeights {
    fn from(weights: &[W]) -> Self {
        SampleWeights::all(&[weights.len()], weights.iter().map(|weight| (*weight).into()))
    }
}

impl<W: Copy + Into<f64>> From<&Vec<W>> for SampleWeights {
    fn from(weights: &Vec<W>) -> Self {
        weights.as_slice().into()
    }
}

impl<W: Copy + Into<f64>> From<Vec<W>> for SampleWeights {
    fn from(weights: Vec<W>) -> Self {
        weights.as_slice().into()
    }
}

impl<W: Copy + Into<f64>, const N: usize> From<&[W; N]> for SampleWeights {
    fn from(weights: &[W; N]) -> Self {
        weights.as_slice().into()
    }
}

impl<W: Copy + Into<f64>, const N: usize> From<[W; N]> for SampleWeights {
    fn from(weights: [W; N]) -> Self {
        weights.as_slice().into()
    }
}

/// One number is the weight of a single sample.
macro_rules! of_a_number {
    ($($number:ty),*) => {
        $(impl From<$number> for SampleWeights {
            fn from(weight: $number) -> Self {
                SampleWeights::all(&[], std::iter::once(f64::from(weight)))
            }
        })*
    };
}

of_a_number!(f32, f64, u8, u16, u32, i8, i16, i32, bool);

/// Weights by the place of samples in their arrays: none, the same for all outputs, or some for each output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights(pub(super) SmallVec<[Option<Rows>; 2]>);

/// Weights of all samples for one output.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The shape of what a sample has.
    pub(super) dims: SmallVec<[usize; 2]>,
    pub(crate) numbers: Vec<f64>,
}

impl Rows {
    /// The numbers of a sample.
    fn width(&self) -> usize {
        self.dims.iter().product()
    }

    /// Those of one sample.
    fn row(&self, row: usize) -> &[f64] {
        let width = self.width();
        &self.numbers[row * width..][..width]
    }
}

impl Weights {
    /// Those for an output.
    pub(crate) fn of(&self, output: usize) -> Option<&Rows> {
        match &self.0[..] {
            [all] => all.as_ref(),
            each => each.get(output)?.as_ref(),
        }
    }

    /// The numbers that a sample has for an output.
    pub(crate) fn width(&self, output: usize) -> usize {
        self.of(output).map_or(1, Rows::width)
    }

    /// Those of the samples in these rows.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let select = |all: &Rows| {
            let numbers = rows.iter().flat_map(|row| all.row(*row)).copied().collect();
            Rows { dims: all.dims.clone(), numbers }
        };
        Weights(self.0.iter().map(|rows| rows.as_ref().map(select)).collect())
    }

    /// Those of the sample in this row, by the names of the outputs.
    pub(crate) fn sample(&self, row: usize, outputs: &'static [&'static str]) -> SampleWeights {
        self.given(outputs, |rows| (rows.dims.clone(), rows.row(row)))
    }

    /// All of them, by the names of the outputs.
    pub(crate) fn named(&self, outputs: &'static [&'static str]) -> SampleWeights {
        self.given(outputs, |rows| {
            let count = rows.numbers.len().checked_div(rows.width()).unwrap_or(0);
            ([count].into_iter().chain(rows.dims.iter().copied()).collect(), &rows.numbers)
        })
    }

    /// What `part` takes of the weights for each output.
    fn given(
        &self,
        outputs: &'static [&'static str],
        part: impl Fn(&Rows) -> (SmallVec<[usize; 2]>, &[f64]),
    ) -> SampleWeights {
        let given = self.0.iter().enumerate().filter_map(|(output, rows)| {
            let (dims, numbers) = part(rows.as_ref()?);
            let output = (self.0.len() > 1).then(|| Cow::Borrowed(outputs[output]));
            Some(Given { output, dims, numbers: numbers.into() })
        });
        SampleWeights(given.collect())
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
            match given.place(outputs)? {
                Some(output) => given.multiply(&mut self.each(outputs.len())[output], all, order)?,
                None => self.each(1).iter_mut().try_for_each(|rows| given.multiply(rows, all, order))?,
            }
        }
        Ok(())
    }

    /// Room for at least so many outputs; what was the same for all of them stays so.
    pub(super) fn each(&mut self, outputs: usize) -> &mut [Option<Rows>] {
        if self.0.len() < outputs {
            let first = self.0.pop().flatten();
            self.0.resize(outputs, first);
        }
        &mut self.0
    }
}

impl Given {
    /// The place of its output; none for all of them.
    pub(super) fn place(&self, outputs: &[&str]) -> Result<Option<usize>> {
        let Some(name) = &self.output else { return Ok(None) };
        let place = outputs.iter().position(|output| output == name);
        place.map(Some).ok_or_else(|| {
            Error::data(format!("there are sample weights for `{name}`, but the outputs are {}", outputs.join(", ")))
        })
    }

    /// A weight that no sample can have.
    pub(super) fn bad(&self) -> Option<usize> {
        self.numbers.iter().position(|weight| !weight.is_finite() || *weight < 0.0)
    }

    fn check(&self, count: usize) -> Result<()> {
        let given = self.dims.first().copied().unwrap_or(1);
        if given != count || self.dims.is_empty() {
            let given = if self.dims.is_empty() { "one number".into() } else { format!("{given} sample weights") };
            return Err(Error::data(format!("there are {given} for {count} samples: give one a sample")));
        }
        if let Some(place) = self.bad() {
            let (row, weight) = (place / self.dims[1..].iter().product::<usize>(), self.numbers[place]);
            return Err(Error::data(format!(
                "the sample weight in row {row} is {weight}: give a number of at least 0"
            )));
        }
        Ok(())
    }

    fn multiply(&self, rows: &mut Option<Rows>, all: usize, order: &[usize]) -> Result<()> {
        let one = || Rows { dims: SmallVec::new(), numbers: vec![1.0; all] };
        let old = rows.take().unwrap_or_else(one);
        let given = Rows { dims: self.dims[1..].into(), numbers: self.numbers.to_vec() };
        let (mine, other) = (given.width(), old.width());
        if mine.min(other) > 1 && mine != other {
            return Err(Error::data(format!(
                "there are sample weights of {mine} and of {other} rows a sample: give one kind"
            )));
        }
        let dims = if mine > other { given.dims.clone() } else { old.dims.clone() };
        let width = mine.max(other);
        let of = |rows: &Rows, row: usize, at: usize| rows.row(row)[if rows.width() == 1 { 0 } else { at }];
        let mut numbers: Vec<f64> = (0..all * width).map(|place| of(&old, place / width, place % width)).collect();
        for (turn, row) in order.iter().enumerate() {
            let numbers = numbers[row * width..][..width].iter_mut().enumerate();
            numbers.for_each(|(at, number)| *number *= of(&given, turn, at));
        }
        *rows = Some(Rows { dims, numbers });
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
        assert_eq!(weights.of(1).unwrap().numbers, [2.0, 1.0, 1.0]);
        let steps = array![[1.0_f32, 3.0], [0.5, 0.0], [1.0, 1.0]];
        weights.multiply(&SampleWeights::of("score", &steps), &outputs, 3, &[0, 1, 2]).unwrap();
        assert_eq!(weights.of(0).unwrap().numbers, [2.0, 1.0, 1.0]);
        assert_eq!(weights.of(1).unwrap().numbers, [2.0, 6.0, 0.5, 0.0, 1.0, 1.0]);
        assert_eq!(weights.select(&[1, 1]).of(1).unwrap().numbers, [0.5, 0.0, 0.5, 0.0]);
        let error = weights.multiply(&SampleWeights::of("rating", [1.0]), &outputs, 3, &[0]).unwrap_err();
        assert!(error.to_string().contains("for `rating`, but the outputs are class, score"), "{error}");
        let error = weights.multiply(&(&array![[1.0, 1.0, 1.0]]).into(), &outputs, 3, &[0]).unwrap_err();
        assert!(error.to_string().contains("of 3 and of 2 rows a sample"), "{error}");
    }
}

//! Windows of a series.

use std::ops::Range;

use ndarray::{Array, ArrayRef, Axis, Dimension, RemoveAxis};

use crate::{Error, Result};

/// Cuts a series into windows, as Keras' `timeseries_dataset_from_array` does: steps `s, s + rate, s + 2 rate ..` for each start
/// `s = 0, stride, 2 stride ..`.
///
/// ```
/// use formwork::data::Windows;
/// use formwork::ndarray::{Array1, array};
///
/// // Ten steps each; what is to be predicted is the step after a window.
/// let series = Array1::from_iter(0..100);
/// let next = series.slice(formwork::ndarray::s![10..]);
/// let (sequences, targets) = Windows::new(10).stride(30).cut(&series, &next)?;
/// assert_eq!(sequences.dim(), (3, 10));
/// assert_eq!((sequences[[1, 0]], targets), (30, array![10, 40, 70]));
/// # Ok::<(), formwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Windows {
    length: usize,
    stride: usize,
    rate: usize,
    range: Range<usize>,
}

impl Windows {
    /// Windows of so many steps.
    pub fn new(length: usize) -> Self {
        Windows { length, stride: 1, rate: 1, range: 0..usize::MAX }
    }

    /// How far the starts of neighbouring windows are apart; 1 by default.
    pub fn stride(self, stride: usize) -> Self {
        Windows { stride, ..self }
    }

    /// How far the steps of a window are apart; 1 by default.
    pub fn sampling_rate(self, rate: usize) -> Self {
        Windows { rate, ..self }
    }

    /// Uses these steps of the series only (Keras' `start_index` and `end_index`), to keep the rest for validation.
    pub fn range(self, range: Range<usize>) -> Self {
        Windows { range, ..self }
    }

    /// The windows of a series, whose first axis is time: an array of shape (windows, length, ..).
    ///
    /// # Errors
    /// If the series is shorter than a window, or a setting is 0.
    pub fn sequences<E: Clone, D: RemoveAxis>(&self, series: &ArrayRef<E, D>) -> Result<Array<E, D::Larger>> {
        let starts = self.starts(series.len_of(Axis(0)), usize::MAX)?;
        Ok(self.gather(series, &starts))
    }

    /// The windows of a series and the target of each: that in the row where the window starts. Windows that start behind the
    /// last target are left out.
    ///
    /// # Errors
    /// As [`sequences`](Windows::sequences), and if there is no target.
    #[allow(clippy::type_complexity, reason = "two arrays, of which one has an axis more")]
    pub fn cut<E: Clone, D: RemoveAxis, F: Clone, G: RemoveAxis>(
        &self,
        series: &ArrayRef<E, D>,
        targets: &ArrayRef<F, G>,
    ) -> Result<(Array<E, D::Larger>, Array<F, G>)> {
        let starts = self.starts(series.len_of(Axis(0)), targets.len_of(Axis(0)))?;
        Ok((self.gather(series, &starts), targets.select(Axis(0), &starts)))
    }

    /// Where windows start in a series of so many steps with so many targets.
    fn starts(&self, steps: usize, targets: usize) -> Result<Vec<usize>> {
        let Windows { length, stride, rate, .. } = *self;
        if length == 0 || stride == 0 || rate == 0 {
            return Err(Error::data(format!(
                "windows of length {length}, stride {stride} and sampling_rate {rate}: give each at least 1"
            )));
        }
        let end = self.range.end.min(steps);
        let reach = (length - 1) * rate;
        let last = end.saturating_sub(reach).min(targets);
        if self.range.start >= last {
            return Err(Error::data(format!(
                "a window reaches over {} steps, but there are {} (and {} targets): use shorter windows",
                reach + 1,
                end.saturating_sub(self.range.start),
                if targets == usize::MAX { steps } else { targets }
            )));
        }
        Ok((self.range.start..last).step_by(stride).collect())
    }

    fn gather<E: Clone, D: RemoveAxis>(&self, series: &ArrayRef<E, D>, starts: &[usize]) -> Array<E, D::Larger> {
        let steps = |start: &usize| (0..self.length).map(|step| start + step * self.rate).collect::<Vec<_>>();
        let rows: Vec<usize> = starts.iter().flat_map(steps).collect();
        let mut shape = D::Larger::zeros(series.ndim() + 1);
        (shape[0], shape[1]) = (starts.len(), self.length);
        for axis in 1..series.ndim() {
            shape[axis + 1] = series.len_of(Axis(axis));
        }
        let gathered = series.select(Axis(0), &rows).as_standard_layout().into_owned();
        gathered.into_shape_with_order(shape).expect("as many numbers in the same order")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, array};

    #[test]
    fn windows_are_those_of_keras() {
        let series = Array1::from_iter(0..100);
        let windows = Windows::new(10).sampling_rate(2).stride(3);
        let sequences = windows.sequences(&series).unwrap();
        assert_eq!(sequences.dim(), (28, 10));
        assert_eq!(sequences.row(1).to_vec(), [3, 5, 7, 9, 11, 13, 15, 17, 19, 21]);
        assert_eq!(sequences.row(27).to_vec()[9], 99);
        // Fewer targets than windows.
        let (sequences, targets) = windows.cut(&series, &Array1::from_iter(0..20)).unwrap();
        assert_eq!((sequences.nrows(), targets), (7, array![0, 3, 6, 9, 12, 15, 18]));
        // A part of a table.
        let table = Array2::from_shape_fn((10, 2), |(row, column)| 10 * row + column);
        let sequences = Windows::new(2).range(3..7).sequences(&table).unwrap();
        assert_eq!(sequences.dim(), (3, 2, 2));
        assert_eq!(sequences[[2, 1, 1]], 61);
    }

    #[test]
    fn a_series_shorter_than_a_window_is_an_error() {
        let text = Windows::new(5).sampling_rate(3).sequences(&Array1::<f32>::zeros(12)).unwrap_err().to_string();
        assert!(text.contains("reaches over 13 steps, but there are 12"), "{text}");
        assert!(Windows::new(0).sequences(&Array1::<f32>::zeros(12)).is_err());
        assert!(Windows::new(2).cut(&Array1::<f32>::zeros(12), &Array1::<f32>::zeros(0)).is_err());
    }
}

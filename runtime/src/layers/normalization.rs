use formwork_shape::layers;
use ndarray::{ArrayRef, Dimension};

use super::each;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};
use crate::{Error, Real, Result};

named_weights! {
    Normalization {
        mean / mean_mut: IxDyn optional,
        variance / variance_mut: IxDyn optional,
        count / count_mut: Ix0 optional,
    }
}

/// The least standard deviation, so that a constant feature becomes 0.
const EPSILON: f64 = 1e-7;

impl<T: Real> Normalization<T> {
    /// These weights as statistics of the axes of a sample that `along` has bits for.
    #[doc(hidden)]
    pub fn of_axes(mut self, along: u8) -> Self {
        self.0.along = along;
        self
    }

    /// Sets mean and variance to those of `data`: an array like the layer's input, with the batch axis.
    ///
    /// # Errors
    /// If the array has another number of axes or other lengths than the layer's input, or no sample.
    pub fn adapt<D: Dimension>(&mut self, data: &ArrayRef<T, D>) -> Result<()> {
        let Some(mean) = self.named("mean") else {
            return Err(Error::data("this Normalization was given its mean and variance, so it has nothing to adapt"));
        };
        let along = self.along;
        let kept = |axis: usize| axis > 0 && along & (1 << (axis - 1)) != 0;
        let axes: Vec<usize> = (0..data.ndim()).filter(|axis| kept(*axis)).collect();
        let dims: Vec<usize> = axes.iter().map(|axis| data.len_of(ndarray::Axis(*axis))).collect();
        if dims != mean.shape() || axes.len() != along.count_ones() as usize || data.is_empty() {
            return Err(Error::data(format!(
                "Normalization has statistics of shape {:?}, but the data have shape {:?}: give it a batch of what the \
                 layer reads",
                mean.shape(),
                data.shape()
            )));
        }
        let places = mean.data().len();
        let place =
            |index: &[usize]| axes.iter().fold(0, |at, axis| at * data.len_of(ndarray::Axis(*axis)) + index[*axis]);
        let (mut sums, mut squares) = (vec![0.0; places], vec![0.0; places]);
        let count = (data.len() / places) as f64;
        for (index, value) in data.view().into_dyn().indexed_iter() {
            sums[place(Dimension::slice(&index))] += value.wide();
        }
        sums.iter_mut().for_each(|sum| *sum /= count);
        for (index, value) in data.view().into_dyn().indexed_iter() {
            let at = place(Dimension::slice(&index));
            squares[at] += (value.wide() - sums[at]).powi(2);
        }
        for (name, values) in [("mean", sums), ("variance", squares.iter().map(|sum| sum / count).collect())] {
            let variable = self.named_mut(name).expect("a layer with a mean has a variance");
            variable.data_mut().iter_mut().zip(values).for_each(|(to, value)| *to = T::of(value));
        }
        Ok(())
    }
}

impl<T: Real> Kernel<T> for layers::Normalization {
    fn infer(&self, pass: &Pass<'_>, weights: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let at = Places::new(self, &x[0]);
        each::parts(pass.threads, y[0].data, x[0].shape().size().max(1), |sample, y| {
            let x = &x[0].data()[sample * y.len()..][..y.len()];
            for (k, (y, x)) in y.iter_mut().zip(x).enumerate() {
                let (mean, deviation) = self.statistics(weights, at.place(k));
                *y = if self.invert { *x * deviation + mean } else { (*x - mean) / deviation };
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let at = Places::new(self, &step.x[0]);
        each::parts(pass.threads, dx, step.x[0].shape().size().max(1), |sample, dx| {
            let dy = &step.dy[0].data()[sample * dx.len()..][..dx.len()];
            for (k, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
                let (_, deviation) = self.statistics(weights, at.place(k));
                each::put(write, dx, if self.invert { *dy * deviation } else { *dy / deviation });
            }
        });
    }
}

trait Statistics<T> {
    /// Mean and standard deviation of a place.
    fn statistics(&self, weights: &Weights<T>, place: usize) -> (T, T);
}

impl<T: Real> Statistics<T> for layers::Normalization {
    fn statistics(&self, weights: &Weights<T>, place: usize) -> (T, T) {
        let given = |numbers: &[f64]| T::of(numbers[if numbers.len() == 1 { 0 } else { place }]);
        let (mean, variance) = match (&self.mean, &self.variance) {
            (Some(mean), Some(variance)) => (given(mean.as_slice()), given(variance.as_slice())),
            _ => (weights.data(0)[place], weights.data(1)[place]),
        };
        (mean, variance.sqrt().max(T::of(EPSILON)))
    }
}

/// Which statistics belong to an element of a sample.
struct Places {
    /// The distance, the length and the weight of each axis with statistics of its own.
    axes: smallvec::SmallVec<[[usize; 3]; 6]>,
}

impl Places {
    fn new<T>(layer: &layers::Normalization, x: &View<'_, T>) -> Places {
        let mut axes: smallvec::SmallVec<[[usize; 3]; 6]> = smallvec::SmallVec::new();
        let mut weight = 1;
        for axis in layer.kept().iter().rev() {
            let (_, len, inner) = each::around(x.shape(), each::axis(*axis, x.shape().rank()));
            axes.push([inner.max(1), len, weight]);
            weight *= len;
        }
        Places { axes }
    }

    fn place(&self, k: usize) -> usize {
        self.axes.iter().map(|[inner, len, weight]| k / inner % len * weight).sum()
    }
}

#[cfg(test)]
super::conformance::cases!(Normalization: (some_axes(1..4), [any::<bool>(); 3]) => |((input, axis), [all, given, invert])| {
    use formwork_shape::Numbers;
    let (mean, variance) = (Some(Numbers::of(&[0.5])), Some(Numbers::of(&[0.25])));
    let layer = layers::Normalization { axis: (!all).then_some(axis), mean: None, variance: None, invert };
    Case::new(if given { layers::Normalization { mean, variance, ..layer } } else { layer }, [input])
});

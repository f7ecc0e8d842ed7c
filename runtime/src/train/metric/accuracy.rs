//! How often the model is right.

use super::mean::{argmax, truth};
use super::{Mean, metric};
use crate::Real;
use crate::train::{Accepts, Comparison, DenseFor, Fits, IdsFor, Output, SeveralClasses, YesOrNo};

/// How often the model is right, by the kind of output and target: an output of one number is compared as
/// [`BinaryAccuracy`] does, class ids as [`SparseCategoricalAccuracy`], one-hot rows as [`CategoricalAccuracy`].
#[derive(Clone, Debug, Default)]
pub struct Accuracy {
    state: Mean,
}

/// The share of numbers that lie on the right side of a threshold.
#[derive(Clone, Debug)]
pub struct BinaryAccuracy {
    threshold: f64,
    state: Mean,
}

/// How often the largest number of the output is where the one-hot row has its largest.
#[derive(Clone, Debug, Default)]
pub struct CategoricalAccuracy {
    state: Mean,
}

/// How often the largest number of the output is that of the class id.
#[derive(Clone, Debug, Default)]
pub struct SparseCategoricalAccuracy {
    state: Mean,
}

macro_rules! new {
    ($($metric:ident $name:literal)*) => { $(
        impl $metric {
            #[doc = concat!("The metric `", $name, "`.")]
            pub fn new() -> Self {
                Self::default()
            }
        }
    )* };
}

new! {
    Accuracy "accuracy"
    BinaryAccuracy "binary_accuracy"
    CategoricalAccuracy "categorical_accuracy"
    SparseCategoricalAccuracy "sparse_categorical_accuracy"
}

impl Default for BinaryAccuracy {
    fn default() -> Self {
        BinaryAccuracy { threshold: 0.5, state: Mean::default() }
    }
}

impl BinaryAccuracy {
    /// Numbers above this are a yes; 0.5 by default.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        binary(&mut self.state, batch, self.threshold);
    }
}

impl Accuracy {
    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        if !batch.target.id_data().is_empty() {
            sparse(&mut self.state, batch);
        } else if batch.output.last() == 1 {
            binary(&mut self.state, batch, 0.5);
        } else {
            categorical(&mut self.state, batch);
        }
    }
}

impl CategoricalAccuracy {
    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        categorical(&mut self.state, batch);
    }
}

impl SparseCategoricalAccuracy {
    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        sparse(&mut self.state, batch);
    }
}

fn binary<T: Real>(state: &mut Mean, batch: &Comparison<'_, T>, threshold: f64) {
    let threshold = T::of(threshold);
    state.add(batch, |place, y| {
        let right = |(y, t): (&T, &T)| *t == if *y > threshold { T::one() } else { T::zero() };
        let hits = y.iter().zip(truth(batch, place)).filter(|pair| right(*pair)).count();
        hits as f64 / y.len() as f64
    });
}

fn categorical<T: Real>(state: &mut Mean, batch: &Comparison<'_, T>) {
    state.add(batch, |place, y| f64::from(argmax(y) == argmax(truth(batch, place))));
}

fn sparse<T: Real>(state: &mut Mean, batch: &Comparison<'_, T>) {
    let ids = batch.target.id_data();
    state.add(batch, |place, y| f64::from(argmax(y) == ids[place] as usize));
}

macro_rules! value {
    ($($metric:ident)*) => { $(
        impl $metric {
            fn value(&self) -> f64 {
                self.state.value()
            }
        }
    )* };
}

value! { Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy }

metric! { Accuracy, "accuracy", Both }
metric! { BinaryAccuracy, "binary_accuracy", Numbers }
metric! { CategoricalAccuracy, "categorical_accuracy", Numbers }
metric! { SparseCategoricalAccuracy, "sparse_categorical_accuracy", ClassIds }

impl<O> Fits<O> for Accuracy {}
impl<const W: usize, A: YesOrNo<C>, C> Fits<Output<W, A, C>> for BinaryAccuracy {}
impl<const W: usize, A, C: SeveralClasses> Fits<Output<W, A, C>> for CategoricalAccuracy {}
impl<const W: usize, A, C: SeveralClasses> Fits<Output<W, A, C>> for SparseCategoricalAccuracy {}

/// The loss has spoken about the target.
impl<O, Y> Accepts<O, Y> for Accuracy {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for BinaryAccuracy {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for CategoricalAccuracy {}
impl<O, Y: IdsFor<O>> Accepts<O, Y> for SparseCategoricalAccuracy {}

//! How often the truth is among the best guesses.

use formwork_shape::Shape;

use super::mean::{argmax, truth};
use super::{Mean, metric};
use crate::Real;
use crate::train::{Accepts, Comparison, DenseFor, Fits, IdsFor, Output, SeveralClasses};

/// How often the class of the one-hot row is among the `k` largest numbers of the output.
#[derive(Clone, Debug)]
pub struct TopKCategoricalAccuracy {
    k: usize,
    state: Mean,
}

/// How often the class id is among the `k` largest numbers of the output.
#[derive(Clone, Debug)]
pub struct SparseTopKCategoricalAccuracy {
    k: usize,
    state: Mean,
}

/// Is `class` among the `k` largest of `y`? Of equal numbers at the limit all are.
fn among<T: Real>(y: &[T], class: usize, k: usize) -> f64 {
    let Some(value) = y.get(class) else { return 0.0 };
    let larger = y.iter().filter(|y| **y > *value).count();
    f64::from(value.is_finite() && larger < k)
}

macro_rules! top {
    ($metric:ident, $name:literal, $takes:ident, $fit:ident, |$batch:ident, $place:ident| $class:expr) => {
        impl $metric {
            #[doc = concat!("The metric `", $name, "`; Keras' default is the best 5.")]
            pub fn new(k: usize) -> Self {
                $metric { k, state: Mean::default() }
            }

            fn add<T: Real>(&mut self, $batch: &Comparison<'_, T>) {
                let k = self.k;
                self.state.add($batch, |$place, y| among(y, $class, k));
            }

            fn value(&self) -> f64 {
                self.state.value()
            }

            fn check(&self, _: &Shape) -> Result<(), String> {
                if self.k > 0 { Ok(()) } else { Err("has k = 0: give a number of at least 1, such as 5".to_string()) }
            }
        }

        metric! { $metric, $name, $takes, check }
        impl<const W: usize, A, C: SeveralClasses> Fits<Output<W, A, C>> for $metric {}
        impl<O, Y: $fit<O>> Accepts<O, Y> for $metric {}
    };
}

top! { TopKCategoricalAccuracy, "top_k_categorical_accuracy", Numbers, DenseFor, |batch, place| argmax(truth(batch, place)) }
top! {
    SparseTopKCategoricalAccuracy, "sparse_top_k_categorical_accuracy", ClassIds, IdsFor,
    |batch, place| batch.target.id_data()[place] as usize
}

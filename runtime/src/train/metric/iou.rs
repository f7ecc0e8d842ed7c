//! Tables of what was said over what was true.

use formwork_shape::{Shape, is_dynamic};
use ndarray::Array2;

use super::mean::{argmax, each_row, truth};
use super::metric;
use crate::Real;
use crate::train::loss::within;
use crate::train::{Accepts, Comparison, DenseFor, Fits, IdsFor, Output, SeveralClasses, YesOrNo};

/// The weight of each pair of a true class (row) and a predicted class (column).
#[derive(Clone, Debug)]
struct Table {
    classes: usize,
    ignored: Option<i64>,
    /// Are weights cut down to whole numbers, as in a table of integers?
    whole: bool,
    cells: Vec<f64>,
}

impl Table {
    fn new(classes: usize) -> Self {
        Table { classes, ignored: None, whole: true, cells: vec![0.0; classes * classes] }
    }

    fn clear(&mut self) {
        self.cells.fill(0.0);
    }

    fn numbers(&self) -> Vec<f64> {
        self.cells.clone()
    }

    fn restore(&mut self, numbers: &[f64]) {
        if numbers.len() == self.cells.len() {
            self.cells.copy_from_slice(numbers);
        }
    }

    /// A class that the table does not have counts nothing.
    fn count(&mut self, truth: usize, said: usize, weight: f64) {
        if truth < self.classes && said < self.classes && self.ignored != Some(truth as i64) {
            self.cells[truth * self.classes + said] += if self.whole { weight.trunc() } else { weight };
        }
    }

    /// Class ids, or one-hot rows.
    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        let ids = batch.target.id_data();
        each_row(batch, |place, y, weight| {
            let class = ids.get(place).map_or_else(|| argmax(truth(batch, place)), |id| *id as usize);
            self.count(class, argmax(y), weight);
        });
    }

    /// Yes or no by a threshold.
    fn add_answers<T: Real>(&mut self, batch: &Comparison<'_, T>, threshold: f64) {
        each_row(batch, |place, y, weight| {
            for (y, t) in y.iter().zip(truth(batch, place)) {
                self.count(usize::from(*t != T::zero()), usize::from(*y >= T::of(threshold)), weight);
            }
        });
    }

    /// A class for every number of a row.
    fn check(&self, output: &Shape) -> Result<(), String> {
        let (classes, width) = (self.classes, output.last());
        if classes == width || is_dynamic(width) {
            return Ok(());
        }
        Err(format!("is for {classes} classes, but the output has {width} numbers a row: give {width}"))
    }

    /// The mean over those of the classes that occur: intersection over union.
    fn mean(&self, classes: impl Iterator<Item = usize>) -> f64 {
        let n = self.classes;
        let (mut sum, mut count) = (0.0, 0.0);
        for class in classes.filter(|class| *class < n) {
            let both = self.cells[class * n + class];
            let truth: f64 = self.cells[class * n..(class + 1) * n].iter().sum();
            let said: f64 = self.cells[class..].iter().step_by(n).sum();
            let either = truth + said - both;
            if either > 0.0 {
                sum += both / (either + 1e-7);
                count += 1.0;
            }
        }
        if count == 0.0 { 0.0 } else { sum / count }
    }
}

macro_rules! fractions {
    ($metric:ident) => {
        impl $metric {
            /// Whether the fractions of sample weights count. As in Keras, whose table holds whole numbers, they are cut off
            /// by default: a weight of 1.9 counts 1 (Keras' `dtype="float32"` turns them on).
            pub fn fractions(mut self, fractions: bool) -> Self {
                self.state.whole = !fractions;
                self
            }
        }
    };
}

macro_rules! tables {
    ($($(#[$doc:meta])* $metric:ident, $name:literal, $takes:ident, $fit:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $metric {
            targets: Option<Vec<usize>>,
            state: Table,
        }

        impl $metric {
            /// Positions whose true class is this count nothing.
            pub fn ignore_class(mut self, class: impl Into<i64>) -> Self {
                self.state.ignored = Some(class.into());
                self
            }

            fn check(&self, output: &Shape) -> Result<(), String> {
                self.state.check(output)?;
                match self.targets.iter().flatten().find(|class| **class >= self.state.classes) {
                    Some(class) => {
                        Err(format!("has the target class {class}, but only {} classes", self.state.classes))
                    }
                    None => Ok(()),
                }
            }

            fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
                self.state.add(batch);
            }

            fn value(&self) -> f64 {
                match &self.targets {
                    Some(targets) => self.state.mean(targets.iter().copied()),
                    None => self.state.mean(0..self.state.classes),
                }
            }
        }

        fractions! { $metric }
        metric! { $metric, $name, $takes, check }
        impl<const W: usize, A, C: SeveralClasses> Fits<Output<W, A, C>> for $metric {}
        impl<O, Y: $fit<O>> Accepts<O, Y> for $metric {}
    )* };
}

tables! {
    /// Intersection over union of some classes, `tp / (tp + fp + fn)`: the mean over those that occur. Targets are class
    /// ids; the largest number of a row is the answer.
    IoU, "io_u", ClassIds, IdsFor;

    /// [`IoU`] of all classes.
    MeanIoU, "mean_io_u", ClassIds, IdsFor;

    /// [`IoU`] for one-hot rows as targets.
    OneHotIoU, "one_hot_io_u", Numbers, DenseFor;

    /// [`IoU`] of all classes for one-hot rows as targets.
    OneHotMeanIoU, "one_hot_mean_io_u", Numbers, DenseFor;
}

macro_rules! constructors {
    (some $($metric:ident)*) => { $(
        impl $metric {
            /// Of these classes among so many.
            pub fn new(num_classes: usize, target_class_ids: impl Into<Vec<usize>>) -> Self {
                $metric { targets: Some(target_class_ids.into()), state: Table::new(num_classes) }
            }
        }
    )* };
    (all $($metric:ident)*) => { $(
        impl $metric {
            /// Of all of so many classes.
            pub fn new(num_classes: usize) -> Self {
                $metric { targets: None, state: Table::new(num_classes) }
            }
        }
    )* };
}

constructors! { some IoU OneHotIoU }
constructors! { all MeanIoU OneHotMeanIoU }

/// Intersection over union of yes-or-no answers: by default the mean over no (0) and yes (1).
#[derive(Clone, Debug)]
pub struct BinaryIoU {
    targets: Vec<usize>,
    threshold: f64,
    state: Table,
}

impl BinaryIoU {
    /// The metric `binary_io_u` with a threshold of 0.5.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        BinaryIoU { targets: vec![0, 1], threshold: 0.5, state: Table::new(2) }
    }

    /// Numbers from this on are a yes; 0.5 by default.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Of no (0), of yes (1), or of both.
    pub fn target_class_ids(mut self, classes: impl Into<Vec<usize>>) -> Self {
        self.targets = classes.into();
        self
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        self.state.add_answers(batch, self.threshold);
    }

    fn check(&self, _: &Shape) -> Result<(), String> {
        match self.targets.iter().find(|class| **class > 1) {
            Some(class) => Err(format!("has the target class {class}: give 0 for no, 1 for yes, or both")),
            None => within("threshold", self.threshold, 0.0..=1.0),
        }
    }

    fn value(&self) -> f64 {
        self.state.mean(self.targets.iter().copied())
    }
}

fractions! { BinaryIoU }
metric! { BinaryIoU, "binary_io_u", Numbers, check }
impl<const W: usize, A: YesOrNo<C>, C> Fits<Output<W, A, C>> for BinaryIoU {}
impl<O, Y: DenseFor<O>> Accepts<O, Y> for BinaryIoU {}

/// How often each class was taken for each other. It is read after an evaluation, by
/// [`measured`](crate::train::Compiled::measured), and adds nothing to the report.
#[derive(Clone, Debug)]
pub struct ConfusionMatrix {
    state: Table,
}

impl ConfusionMatrix {
    /// For so many classes, given as class ids or as one-hot rows.
    pub fn new(num_classes: usize) -> Self {
        ConfusionMatrix { state: Table { whole: false, ..Table::new(num_classes) } }
    }

    /// A row for each true class, a column for each predicted one.
    pub fn matrix(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.state.classes, self.state.classes), |(truth, said)| {
            self.state.cells[truth * self.state.classes + said]
        })
    }

    fn add<T: Real>(&mut self, batch: &Comparison<'_, T>) {
        self.state.add(batch);
    }

    fn check(&self, output: &Shape) -> Result<(), String> {
        self.state.check(output)
    }

    /// The share of right answers.
    fn value(&self) -> f64 {
        let right: f64 = self.state.cells.iter().step_by(self.state.classes + 1).sum();
        let all: f64 = self.state.cells.iter().sum();
        if all == 0.0 { 0.0 } else { right / all }
    }

    fn each(&self, _: &mut dyn FnMut(&str, f64)) {}
}

metric! { ConfusionMatrix, "confusion_matrix", Both, each, check }
impl<const W: usize, A, C: SeveralClasses> Fits<Output<W, A, C>> for ConfusionMatrix {}
/// The loss has spoken about the target.
impl<O, Y> Accepts<O, Y> for ConfusionMatrix {}

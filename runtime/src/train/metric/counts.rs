//! How much of what should be found lies above each threshold, and how much of what should not.

use formwork_shape::Shape;

use super::mean::{check_place, each_row, truth};
use crate::Real;
use crate::train::Comparison;

/// What of an output is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chosen {
    /// Only the largest numbers of a row count as found.
    pub(super) top_k: Option<usize>,
    /// Only this number of a row.
    pub(super) class_id: Option<usize>,
    /// The numbers go through a sigmoid first.
    pub(super) from_logits: bool,
}

impl Chosen {
    pub(super) fn check(self, output: &Shape) -> Result<(), String> {
        if self.top_k == Some(0) {
            return Err("has top_k = 0: give a number of at least 1".to_string());
        }
        self.class_id.map_or(Ok(()), |class| check_place("class_id", class, output))
    }
}

/// The weights of positives and negatives between neighbouring thresholds; where labels are told apart, for each number of
/// a row by itself.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// Rising.
    pub(super) thresholds: Vec<f64>,
    by_label: bool,
    positives: Vec<f64>,
    negatives: Vec<f64>,
}

/// The weights of the numbers above a threshold that should be (tp) or should not (fp), and of those below.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Four {
    pub(super) tp: f64,
    pub(super) fp: f64,
    pub(super) tn: f64,
    pub(super) fn_: f64,
}

impl Four {
    pub(super) fn precision(self) -> f64 {
        ratio(self.tp, self.fp)
    }

    pub(super) fn recall(self) -> f64 {
        ratio(self.tp, self.fn_)
    }

    pub(super) fn specificity(self) -> f64 {
        ratio(self.tn, self.fp)
    }
}

/// `part / (part + rest)`, 0 where there is nothing.
pub(super) fn ratio(part: f64, rest: f64) -> f64 {
    if part + rest == 0.0 { 0.0 } else { part / (part + rest) }
}

impl Counts {
    pub(super) fn new(mut thresholds: Vec<f64>, by_label: bool) -> Self {
        thresholds.sort_by(f64::total_cmp);
        Counts { thresholds, by_label, positives: Vec::new(), negatives: Vec::new() }
    }

    /// So many thresholds from 0 to 1; `beyond` is how far the outermost two are moved outwards. A single one is 0.5.
    pub(super) fn even(count: usize, beyond: f64, by_label: bool) -> Self {
        if count < 2 {
            return Self::new(vec![0.5; count], by_label);
        }
        let mut thresholds: Vec<f64> = (0..count).map(|i| i as f64 / (count - 1) as f64).collect();
        thresholds[0] -= beyond;
        thresholds[count - 1] += beyond;
        Self::new(thresholds, by_label)
    }

    pub(super) fn clear(&mut self) {
        self.positives.fill(0.0);
        self.negatives.fill(0.0);
    }

    pub(super) fn numbers(&self) -> Vec<f64> {
        self.positives.iter().chain(&self.negatives).copied().collect()
    }

    pub(super) fn restore(&mut self, numbers: &[f64]) {
        let (positives, negatives) = numbers.split_at(numbers.len() / 2);
        (self.positives, self.negatives) = (positives.to_vec(), negatives.to_vec());
    }

    /// Takes in a batch; `label_weights` are what each number of a row counts.
    pub(super) fn add<T: Real>(&mut self, batch: &Comparison<'_, T>, chosen: Chosen, label_weights: &[f64]) {
        let bins = self.thresholds.len() + 1;
        let labels = if self.by_label { batch.output.last().max(1) } else { 1 };
        self.positives.resize(bins * labels, 0.0);
        self.negatives.resize(bins * labels, 0.0);
        each_row(batch, |place, y, weight| {
            for (label, (value, t)) in y.iter().zip(truth(batch, place)).enumerate() {
                if chosen.class_id.is_some_and(|class| class != label) {
                    continue;
                }
                let value = match chosen {
                    Chosen { top_k: Some(k), .. } if !among_first(y, label, k) => T::neg_infinity(),
                    Chosen { from_logits: true, .. } => T::one() / (T::one() + (-*value).exp()),
                    _ => *value,
                };
                // Compared in the output's precision, as an array of thresholds would be.
                let bin = self.thresholds.partition_point(|threshold| T::of(*threshold) < value);
                let bin = bin + if self.by_label { label * bins } else { 0 };
                let side = if *t == T::zero() { &mut self.negatives } else { &mut self.positives };
                side[bin] += weight * label_weights.get(label).copied().unwrap_or(1.0);
            }
        });
    }

    /// How many labels are told apart so far.
    pub(super) fn labels(&self) -> usize {
        self.positives.len() / (self.thresholds.len() + 1)
    }

    /// The four counts at each threshold, from the lowest to the highest.
    pub(super) fn at_thresholds(&self, label: usize) -> Vec<Four> {
        let bins = self.thresholds.len() + 1;
        let part =
            |all: &[f64]| all.get(label * bins..(label + 1) * bins).map_or_else(|| vec![0.0; bins], <[f64]>::to_vec);
        let (positives, negatives) = (part(&self.positives), part(&self.negatives));
        let (mut above, mut below): (Four, Four) = Default::default();
        let mut all = vec![Four::default(); bins - 1];
        for (place, four) in all.iter_mut().enumerate() {
            (below.fn_, below.tn) = (below.fn_ + positives[place], below.tn + negatives[place]);
            *four = below;
        }
        for (place, four) in all.iter_mut().enumerate().rev() {
            (above.tp, above.fp) = (above.tp + positives[place + 1], above.fp + negatives[place + 1]);
            (four.tp, four.fp) = (above.tp, above.fp);
        }
        all
    }
}

/// Is number `place` among the `k` largest of a row? Of equal ones the first.
fn among_first<T: Real>(row: &[T], place: usize, k: usize) -> bool {
    let value = row[place];
    let before = row.iter().enumerate().filter(|(other, y)| **y > value || (**y == value && *other < place)).count();
    before < k
}

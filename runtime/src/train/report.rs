//! Losses and metrics by name.

use smallvec::SmallVec;

use super::engine::Values;
use super::metric::Metrics;
use crate::Real;
use crate::model::Graph;

/// The loss and the metrics of an epoch or an evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The loss of all outputs together: the mean over all samples.
    pub loss: f64,
    values: SmallVec<[(Name, f64); 4]>,
}

/// The name of a value. A training step makes it anew and allocates nothing, unless it is very long.
#[derive(Clone, PartialEq)]
struct Name(SmallVec<[u8; 36]>);

impl Name {
    fn of(parts: &[&str]) -> Name {
        let mut name = SmallVec::new();
        parts.iter().for_each(|part| name.extend_from_slice(part.as_bytes()));
        Name(name)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it was made of strings")
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Report {
    /// The value of that name: `loss`, `accuracy`, for several outputs `<output>_loss`, `<output>_accuracy`, and in a
    /// history `val_loss`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// All names and values, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        std::iter::once(("loss", self.loss)).chain(self.values.iter().map(|(name, value)| (name.as_str(), *value)))
    }

    /// Adds a value of your own, or changes one.
    pub fn set(&mut self, name: &str, value: f64) {
        if name == "loss" {
            self.loss = value;
            return;
        }
        match self.values.iter_mut().find(|(known, _)| known.as_str() == name) {
            Some((_, known)) => *known = value,
            None => self.values.push((Name::of(&[name]), value)),
        }
    }

    pub(crate) fn add_validation(&mut self, validation: &Report) {
        self.values.extend(validation.iter().map(|(name, value)| (Name::of(&["val_", name]), value)));
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, (name, value)) in self.iter().enumerate() {
            let gap = if place == 0 { "" } else { " - " };
            // As in Keras a value that is nearly 0 does not look like 0.
            let small = value != 0.0 && value.abs() <= 1e-3;
            if small { write!(f, "{gap}{name}: {value:.4e}")? } else { write!(f, "{gap}{name}: {value:.4}")? }
        }
        Ok(())
    }
}

/// The sums that a report is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    samples: f64,
    sums: Values,
}

impl Log {
    pub(crate) fn add(&mut self, rows: usize, values: &Values) {
        let rows = rows as f64;
        self.samples += rows;
        self.sums.total += values.total * rows;
        self.sums.outputs.resize(values.outputs.len(), 0.0);
        self.sums.outputs.iter_mut().zip(&values.outputs).for_each(|(sum, value)| *sum += value * rows);
    }

    /// For a checkpoint.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        [self.samples, self.sums.total].into_iter().chain(self.sums.outputs.iter().copied()).collect()
    }

    /// Takes back what [`numbers`](Log::numbers) gave.
    pub(crate) fn of(numbers: &[f64]) -> Self {
        match numbers {
            [samples, total, outputs @ ..] => {
                Log { samples: *samples, sums: Values { total: *total, outputs: outputs.into() } }
            }
            _ => Log::default(),
        }
    }

    fn mean(&self, sum: f64) -> f64 {
        if self.samples > 0.0 { sum / self.samples } else { 0.0 }
    }

    pub(crate) fn report<T: Real>(&self, graph: &Graph, metrics: &mut impl Metrics<T>) -> Report {
        let mut values = SmallVec::new();
        let several = graph.outputs.len() > 1;
        if several {
            for (place, port) in graph.outputs.iter().enumerate() {
                let sum = self.sums.outputs.get(place).copied().unwrap_or(0.0);
                values.push((Name::of(&[port.name, "_loss"]), self.mean(sum)));
            }
        }
        metrics.visit(0, &mut |output, metric| {
            let (output, gap) = if several { (graph.outputs[output].name, "_") } else { ("", "") };
            let weighted = if metric.weighted() { "weighted_" } else { "" };
            let name = metric.name();
            metric.each(&mut |rest, value| values.push((Name::of(&[output, gap, weighted, name, rest]), value)));
        });
        Report { loss: self.mean(self.sums.total), values }
    }
}

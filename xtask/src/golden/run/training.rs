//! Losses, optimizers, schedules and metrics: from one of them and its case to their differences.

use formwork::View;
use formwork::train::{Comparison, Gradients, Loss, Metric, Optimizer, Schedule, Takes};
use formwork::weights::{Parameters, Variable};
use formwork_shape::{Initializer, Shape, WeightSpec};

use super::super::case::{Array, Batch, Config, Dtype, Kind};
use super::super::compare::Comparisons;
use super::{Case, Checked, ids, single};

/// Runs `f` with a batch as a loss or a metric takes it.
fn compare<R>(
    batch: &Batch,
    takes: Takes,
    gradient: Option<&mut [f32]>,
    f: impl FnOnce(Comparison<'_, f32>) -> R,
) -> R {
    let rows = batch.y_pred.shape[0];
    let (y, numbers, ids) = (single(&batch.y_pred), single(&batch.y_true), ids(&batch.y_true));
    let weights = batch.sample_weight.as_ref().map(single);
    let shape = Shape::new(batch.y_true.sample());
    let sparse = match takes {
        Takes::Numbers => false,
        Takes::ClassIds => true,
        Takes::Both => batch.y_true.dtype == Dtype::Int,
    };
    let target = if sparse { View::ids(&ids, rows, shape) } else { View::numbers(&numbers, rows, shape) };
    f(Comparison {
        output: View::numbers(&y, rows, Shape::new(batch.y_pred.sample())),
        target,
        sample_weights: weights.as_deref(),
        mask: None,
        gradient,
    })
}

/// Weights with fewer axes than the losses belong to the last ones where both have the same lengths: Keras multiplies as NumPy
/// does.
fn weighed_as_numpy(batch: &Batch) -> Batch {
    let mut batch = batch.clone();
    let losses = &batch.y_pred.shape[..batch.y_pred.shape.len() - 1];
    if let Some(weights) = &mut batch.sample_weight
        && weights.shape.len() < losses.len()
        && losses.ends_with(&weights.shape)
    {
        weights.shape = losses.to_vec();
        let rows = losses.iter().product();
        weights.data = weights.data.iter().copied().cycle().take(rows).collect();
    }
    batch
}

/// Keras' micro average multiplies each row by each weight, where the weights have a second axis.
fn weighed_all_by_all(batch: &Batch) -> Batch {
    let mut batch = batch.clone();
    if let Some(weights) = batch.sample_weight.as_mut().filter(|weights| weights.shape.len() == 2) {
        let sum = weights.data.iter().sum();
        weights.data.fill(sum);
    }
    batch
}

/// Checks a loss and its gradient; where nothing is reduced, the loss of every row.
pub fn loss(case: &Case, loss: &dyn Loss<f32>, rows: bool) -> Checked {
    let Kind::Loss { batch, value, gradient, .. } = &case.kind else { return Err("this is no loss case".into()) };
    let mut comparisons = Comparisons::default();
    let batch = &weighed_as_numpy(batch);
    let mut dy = vec![f32::NAN; batch.y_pred.data.len()];
    let computed = compare(batch, loss.takes(), Some(&mut dy), |batch| loss.compute(batch));
    if rows {
        let mut losses = vec![f32::NAN; value.data.len()];
        compare(batch, loss.takes(), None, |batch| loss.each(batch, &mut losses));
        comparisons.add("value", &losses, &value.data)?;
    } else {
        comparisons.add("value", &[computed], &value.data)?;
    }
    comparisons.add("gradient", &dy, &gradient.data)?;
    Ok(comparisons)
}

/// The variables of an optimizer case.
struct Variables(Vec<Variable<f32>>);

impl Parameters<f32> for Variables {
    fn visit<'a>(&'a self, _: &str, f: &mut dyn FnMut(&str, &'a Variable<f32>)) {
        self.0.iter().for_each(|variable| f(variable.name(), variable));
    }

    fn visit_mut<'a>(&'a mut self, _: &str, f: &mut dyn FnMut(&str, &'a mut Variable<f32>)) {
        self.0.iter_mut().for_each(|variable| f(variable.name(), variable));
    }
}

impl Variables {
    fn new(arrays: &[Array]) -> Self {
        let mut random = formwork::random::Random::new(0, formwork::random::Purpose::Weights, 0);
        let variables = arrays.iter().enumerate().map(|(i, array)| {
            let name: &'static str = format!("variable {i}").leak();
            let shape = Shape::new(&array.shape);
            let spec = WeightSpec { name, shape, initializer: Initializer::Zeros, trainable: true };
            let mut variable = Variable::new(&spec, &mut random);
            variable.data_mut().copy_from_slice(&single(array));
            variable
        });
        Variables(variables.collect())
    }
}

/// Checks the weights after every step of an optimizer.
pub fn optimizer(case: &Case, optimizer: &mut dyn Optimizer<f32>) -> Checked {
    let Kind::Optimizer { initial, grads, after, .. } = &case.kind else { return Err("no optimizer case".into()) };
    let mut comparisons = Comparisons::default();
    let mut variables = Variables::new(initial);
    let mut gradients = Gradients::zeros(&variables);
    for (step, (grads, after)) in grads.iter().zip(after).enumerate() {
        gradients.as_mut_slice().copy_from_slice(&grads.iter().flat_map(single).collect::<Vec<_>>());
        optimizer.apply(&mut variables, &gradients);
        for (variable, want) in variables.0.iter().zip(after) {
            comparisons.add(&format!("{} after step {step}", variable.name()), variable.data(), &want.data)?;
        }
    }
    Ok(comparisons)
}

/// Checks the learning rates of a schedule.
pub fn schedule(case: &Case, schedule: &dyn Schedule) -> Checked {
    let Kind::Schedule { steps, values, .. } = &case.kind else { return Err("this is no schedule case".into()) };
    let mut comparisons = Comparisons::default();
    for (step, value) in steps.iter().zip(values) {
        comparisons.add(&format!("rate of step {step}"), &[schedule.at(*step)], &[*value])?;
    }
    Ok(comparisons)
}

/// Outputs that are class ids, as rows with a 1 at the class.
fn one_hot(updates: &[Batch], config: &Config) -> Vec<Batch> {
    let ids = updates.iter().flat_map(|batch| batch.y_pred.data.iter().chain(&batch.y_true.data));
    let most = ids.fold(0.0, |most, id| id.max(most)) as usize + 1;
    let classes =
        config.get("num_classes").and_then(serde_json::Value::as_u64).map_or(most, |classes| classes as usize);
    let row = |id: f64| (0..classes).map(move |class| f64::from(class == id as usize));
    let rows = |batch: &Batch| {
        let data: Vec<f64> = batch.y_pred.data.iter().copied().flat_map(row).collect();
        let y_pred = Array { shape: vec![batch.y_pred.data.len(), classes], dtype: Dtype::Float, data };
        let mut y_true = batch.y_true.clone();
        if y_true.data.len() == batch.y_pred.data.len() {
            (y_true.shape, y_true.dtype) = (vec![y_true.data.len()], Dtype::Int);
        }
        Batch { y_true, y_pred, sample_weight: batch.sample_weight.clone() }
    };
    updates.iter().map(rows).collect()
}

/// Checks a metric over all updates, twice: a reset forgets the first time. `ids` says that the outputs are class ids.
pub fn metric(case: &Case, metric: &mut dyn Metric<f32>, ids: bool) -> Checked {
    let Kind::Metric { config, updates, value, .. } = &case.kind else { return Err("this is no metric case".into()) };
    let micro = config.get("average").and_then(serde_json::Value::as_str) == Some("micro");
    let made = match (ids, micro) {
        (true, _) => one_hot(updates, config),
        (_, true) => updates.iter().map(weighed_all_by_all).collect(),
        _ => updates.clone(),
    };
    let updates = &made;
    let mut comparisons = Comparisons::default();
    for time in ["value", "value after a reset"] {
        metric.reset();
        for batch in updates {
            compare(batch, metric.takes(), None, |batch| metric.update(batch));
        }
        let mut values = Vec::new();
        metric.each(&mut |_, value| values.push(value));
        comparisons.add(time, &values, &value.data)?;
    }
    Ok(comparisons)
}

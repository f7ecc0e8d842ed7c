//! Running cases; the crate that `golden` writes calls this.

use std::fmt::Display;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use formwork::kernel::Pass;
use formwork::model::Model;
use formwork::train::{Comparison, Gradients, Loss, Metric, Optimizer, Schedule, Takes};
use formwork::weights::{Parameters, Variable};
use formwork::{Threads, View};
use formwork_shape::{Initializer, Shape, WeightSpec};
use ndarray::Dimension;
pub use ndarray::{Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};
use serde_json::json;

pub use super::case::Case;
use super::case::{self, Array, Batch, Dtype, Kind, LayerCase};
use super::compare::Comparisons;

/// What a case came to; an error is a failure in words.
pub type Checked = Result<Comparisons, Failure>;

/// Why a case failed.
#[derive(Debug)]
pub struct Failure(String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.to_string())
    }
}

/// Runs the cases with these numbers from number `args[2]` on, out of the directory `args[1]`: a line when one begins
/// and a line when it ends.
pub fn main(cases: &[(usize, fn(&Case) -> Checked)]) -> Result<(), crate::Error> {
    let args: Vec<String> = std::env::args().collect();
    let [_, dir, from] = args.as_slice() else { return Err("usage: golden DIR FROM".into()) };
    let all = case::read(Path::new(dir))?;
    let from: usize = from.parse()?;
    std::panic::set_hook(Box::new(|_| {}));
    for (number, run) in cases.iter().filter(|(number, _)| *number >= from) {
        println!("{}", json!({ "begin": number }));
        std::io::stdout().flush()?;
        let case = all.get(*number).ok_or("the directory has changed")?;
        let checked = catch_unwind(AssertUnwindSafe(|| run(case)));
        let (failure, note) = match checked {
            Ok(Ok(comparisons)) => (comparisons.verdict().err(), comparisons.note),
            Ok(Err(Failure(failure))) => (Some(failure), None),
            Err(panic) => (Some(format!("panicked: {}", words(&*panic))), None),
        };
        println!("{}", json!({ "end": number, "failure": failure, "note": note }));
    }
    Ok(())
}

fn words(panic: &dyn std::any::Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// The inputs of a case as a model takes them.
#[derive(Debug)]
pub struct Inputs<'a> {
    case: &'a LayerCase,
    /// The masks that are inputs of the model, after the others.
    masks: &'a [&'a str],
}

impl<'a> Inputs<'a> {
    fn mask(&self, name: &str) -> &'a Array {
        let found = self.case.masks.iter().find(|(given, _)| given == name);
        found.map(|(_, mask)| mask).expect("the model has the masks of the case")
    }

    /// The mask of that name as an array of true and false.
    pub fn flags<D: Dimension>(&self, name: &str) -> ndarray::Array<bool, D> {
        let mask = self.mask(name);
        shaped(&mask.shape, mask.data.iter().map(|flag| *flag != 0.0).collect())
    }

    /// Input `i` as an array of numbers.
    pub fn numbers<D: Dimension>(&self, i: usize) -> ndarray::Array<f32, D> {
        shaped(&self.case.inputs[i].shape, single(&self.case.inputs[i]))
    }

    /// Input `i` as an array of ids.
    pub fn ids<D: Dimension>(&self, i: usize) -> ndarray::Array<i32, D> {
        let input = &self.case.inputs[i];
        shaped(&input.shape, input.data.iter().map(|x| *x as i32).collect())
    }
}

fn shaped<A, D: Dimension>(shape: &[usize], data: Vec<A>) -> ndarray::Array<A, D> {
    let array = ndarray::ArrayD::from_shape_vec(IxDyn(shape), data).expect("the case was checked");
    array.into_dimensionality().expect("the rank is that of the case")
}

/// The numbers of an array, row-major.
pub fn flat<D: Dimension>(array: &ndarray::Array<f32, D>) -> Vec<f32> {
    array.iter().copied().collect()
}

fn single(array: &Array) -> Vec<f32> {
    array.data.iter().map(|x| *x as f32).collect()
}

fn ids(array: &Array) -> Vec<u32> {
    array.data.iter().map(|x| *x as i64 as u32).collect()
}

/// Checks a model of one layer: prediction or training, gradients, and what training leaves in the weights.
pub fn layer<M: Model<Element = f32> + Clone>(
    case: &Case,
    masks: &[&str],
    mut model: M,
    predict: impl Fn(&M, &Inputs<'_>) -> Result<Vec<Vec<f32>>, formwork::Error>,
) -> Checked {
    let Kind::Layer(case) = &case.kind else { return Err("this is no layer case".into()) };
    let mut comparisons = Comparisons::default();
    set_weights(&mut model, case)?;
    let outputs = |comparisons: &mut Comparisons, got: &[Vec<f32>]| {
        let pairs = got.iter().zip(&case.outputs).enumerate();
        pairs.into_iter().try_for_each(|(i, (got, want))| comparisons.add(&format!("output {i}"), got, &want.data))
    };
    let inputs = Inputs { case, masks };
    let predicted = if case.training { None } else { Some(predict(&model, &inputs)?) };
    if let Some(predicted) = &predicted {
        outputs(&mut comparisons, predicted)?;
    }
    let step = step(&mut model, &inputs)?;
    match &predicted {
        None => outputs(&mut comparisons, &step.outputs)?,
        Some(predicted) if !predicted.iter().zip(&step.outputs).all(|(a, b)| Comparisons::close(b, a)) => {
            comparisons.note = Some("outputs only, because training computes something else".to_string());
            return Ok(comparisons);
        }
        Some(_) => {}
    }
    for (i, (got, want)) in step.input_gradients.iter().zip(&case.input_grads).enumerate() {
        if let Some(want) = want {
            let want = with_penalty(case, i, &want.data);
            comparisons.add(&format!("gradient of input {i}"), got.as_deref().unwrap_or(&[]), &want)?;
        }
    }
    let mut rest = step.weight_gradients.as_slice();
    for (variable, want) in trainable(&model).iter().zip(&case.weight_grads) {
        let Some((name, len)) = variable else { continue };
        let (got, after) = rest.split_at(*len);
        rest = after;
        if let Some(want) = want {
            comparisons.add(&format!("gradient of {name}"), got, &want.data)?;
        }
    }
    if let Some(after) = &case.weights_after {
        let mut result = Ok(());
        let mut after = after.iter();
        model.visit("", &mut |path, variable| {
            if let (Some(want), Ok(())) = (after.next(), &result) {
                result = comparisons.add(&format!("{path} after the call"), variable.data(), &want.data);
            }
        });
        result?;
    }
    Ok(comparisons)
}

/// A gradient with that of the penalty which ActivityRegularization adds to the loss, and which Keras keeps apart.
fn with_penalty(case: &LayerCase, input: usize, gradient: &[f64]) -> Vec<f64> {
    let setting = |key: &str| case.config.get(key).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    let own = case.class == "ActivityRegularization";
    let [l1, l2] = ["l1", "l2"].map(|key| if own { setting(key) / case.inputs[input].shape[0] as f64 } else { 0.0 });
    let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
    let penalty = case.inputs[input].data.iter().map(|x| l1 * sign(*x) + 2.0 * l2 * x);
    gradient.iter().zip(penalty).map(|(gradient, penalty)| gradient + penalty).collect()
}

/// The name and length of every trainable variable, in its place.
fn trainable(model: &impl Parameters<f32>) -> Vec<Option<(String, usize)>> {
    let mut variables = Vec::new();
    model.visit("", &mut |path, variable| {
        variables.push(variable.trainable().then(|| (path.to_string(), variable.data().len())));
    });
    variables
}

fn set_weights(model: &mut impl Parameters<f32>, case: &LayerCase) -> Result<(), String> {
    let mut weights = case.weights.iter();
    let mut result = Ok(());
    let mut count = 0;
    model.visit_mut("", &mut |path, variable| {
        count += 1;
        match weights.next() {
            Some(weight) if variable.shape() == weight.array.shape => {
                variable.data_mut().copy_from_slice(&single(&weight.array));
            }
            Some(weight) if result.is_ok() => {
                let (got, want) = (variable.shape(), &weight.array.shape);
                result = Err(format!("{path} has shape {got:?}, but Keras' {} has {want:?}", weight.name));
            }
            _ => {}
        }
    });
    match case.weights.len() {
        expected if expected != count => Err(format!("the layer has {count} weights, but Keras' has {expected}")),
        _ => result,
    }
}

/// What a training step computes.
struct Step {
    outputs: Vec<Vec<f32>>,
    input_gradients: Vec<Option<Vec<f32>>>,
    weight_gradients: Vec<f32>,
}

/// Forward and backward in training, with the case's gradients of the outputs.
fn step<M: Model<Element = f32>>(model: &mut M, inputs: &Inputs<'_>) -> Result<Step, Failure> {
    let case = inputs.case;
    let batch = case.inputs[0].shape[0];
    let arrays: Vec<&Array> = case.inputs.iter().chain(inputs.masks.iter().map(|name| inputs.mask(name))).collect();
    let shapes: Vec<Shape> = arrays.iter().map(|array| Shape::new(array.sample())).collect();
    let numbers: Vec<Vec<f32>> = arrays.iter().map(|array| single(array)).collect();
    let integers: Vec<Vec<u32>> = arrays.iter().map(|array| ids(array)).collect();
    let views: Vec<View<'_, f32>> = (0..arrays.len())
        .map(|i| match arrays[i].dtype {
            Dtype::Int => View::ids(&integers[i], batch, shapes[i]),
            Dtype::Float => View::numbers(&numbers[i], batch, shapes[i]),
            Dtype::Bool => View::numbers(&numbers[i], batch, shapes[i]).as_mask(),
        })
        .collect();
    let mut edges = Vec::new();
    M::shapes(&shapes, &mut edges).map_err(|message| message.as_str().to_string())?;
    let pass = Pass { batch, threads: Threads::global(), seed: 0, step: 0, input_gradients: true, inference: false };
    let mut work = M::Training::default();
    let mut weight_gradients = vec![0.0; model.trainable_len()];
    model.train(&pass, &edges, &views, &mut work);
    let mut outputs = Vec::new();
    for (slot, gradient) in M::trained(&mut work, batch, &edges, &views).into_iter().zip(&case.output_grads) {
        outputs.push(slot.y.data().to_vec());
        if slot.dy.len() != gradient.data.len() {
            return Err(
                format!("an output has {} numbers, but Keras' has {}", slot.dy.len(), gradient.data.len()).into()
            );
        }
        slot.dy.copy_from_slice(&single(gradient));
    }
    model.backward(&pass, &edges, &views, &mut work, &mut weight_gradients);
    let input_gradients = M::input_gradients(&work, batch, &edges).into_iter().map(|dx| dx.map(<[f32]>::to_vec));
    Ok(Step { outputs, input_gradients: input_gradients.collect(), weight_gradients })
}

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
fn one_hot(updates: &[Batch], config: &case::Config) -> Vec<Batch> {
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

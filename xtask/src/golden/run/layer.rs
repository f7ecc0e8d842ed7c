//! Layers: from a model of one layer and its case to the differences of outputs, gradients and weights.

use formwork::kernel::Pass;
use formwork::layer::{WeightGrads, Write};
use formwork::model::Model;
use formwork::weights::Parameters;
use formwork::{Threads, View};
use formwork_shape::Shape;
use ndarray::{Dimension, IxDyn};

use super::super::case::{Array, Dtype, Kind, LayerCase};
use super::super::compare::Comparisons;
use super::{Case, Checked, Failure, ids, single};

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
    let inputs = Inputs { case, masks };
    let predicted = if case.training { None } else { Some(predict(&model, &inputs)?) };
    let step = step(&mut model, &inputs)?;
    let outputs = predicted.as_ref().unwrap_or(&step.outputs);
    for (i, (got, want)) in outputs.iter().zip(&case.outputs).enumerate() {
        comparisons.add(&format!("output {i}"), got, &want.data)?;
    }
    if !outputs.iter().zip(&step.outputs).all(|(a, b)| Comparisons::close(b, a)) {
        comparisons.note = Some("outputs only, because training computes something else".to_string());
        return Ok(comparisons);
    }
    compare_gradients(case, &model, &step, &mut comparisons)?;
    compare_weights_after(case, &model, &mut comparisons)?;
    Ok(comparisons)
}

fn compare_gradients(
    case: &LayerCase,
    model: &impl Parameters<f32>,
    step: &Step,
    comparisons: &mut Comparisons,
) -> Result<(), String> {
    for (i, (got, want)) in step.input_gradients.iter().zip(&case.input_grads).enumerate() {
        if let Some(want) = want {
            let want = with_penalty(case, i, &want.data);
            comparisons.add(&format!("gradient of input {i}"), got.as_deref().unwrap_or(&[]), &want)?;
        }
    }
    let mut rest = step.weight_gradients.as_slice();
    for (variable, want) in trainable(model).iter().zip(&case.weight_grads) {
        let Some((name, len)) = variable else { continue };
        let (got, after) = rest.split_at(*len);
        rest = after;
        if let Some(want) = want {
            comparisons.add(&format!("gradient of {name}"), got, &want.data)?;
        }
    }
    Ok(())
}

/// Compares what training leaves in the weights, such as moving averages.
fn compare_weights_after(
    case: &LayerCase,
    model: &impl Parameters<f32>,
    comparisons: &mut Comparisons,
) -> Result<(), String> {
    let mut after = case.weights_after.iter().flatten();
    let mut result = Ok(());
    model.visit("", &mut |path, variable| {
        if let (Some(want), Ok(())) = (after.next(), &result) {
            result = comparisons.add(&format!("{path} after the call"), variable.data(), &want.data);
        }
    });
    result
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
    model.backward(&pass, &edges, &views, &mut work, WeightGrads::new(&mut weight_gradients, Write::Overwrite));
    let input_gradients = M::input_gradients(&work, batch, &edges).into_iter().map(|dx| dx.map(<[f32]>::to_vec));
    Ok(Step { outputs, input_gradients: input_gradients.collect(), weight_gradients })
}

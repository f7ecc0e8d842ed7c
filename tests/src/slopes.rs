//! The gradients that a model computes beside the slopes of its loss.

use formwork::__private::Pass;
use formwork::Threads;
use formwork::layer::{WeightGrads, Write};
use formwork::model::Model;

use crate::Samples;

const STEP: f64 = 1e-5;

/// A model's passes over one batch, with memory that is kept from run to run.
struct Run<M: Model> {
    model: M,
    workspace: M::Training,
}

/// What a backward pass computed.
#[derive(Debug, PartialEq)]
struct Slopes {
    weights: Vec<f64>,
    inputs: Vec<Option<Vec<f64>>>,
}

impl<M: Model<Element = f64> + Clone> Run<M> {
    fn new(model: &M) -> Self {
        Run { model: model.clone(), workspace: M::Training::default() }
    }

    /// Σ over all outputs of (k mod 7 - 3) y / 4 + y² / 2, and its gradients.
    fn both(&mut self, samples: &Samples, input_gradients: bool) -> (f64, Slopes) {
        let mut edges = Vec::new();
        M::shapes(&samples.shapes, &mut edges).expect("the samples were made for the model");
        let pass = Pass {
            batch: samples.rows,
            threads: Threads::global(),
            seed: 7,
            step: 3,
            input_gradients,
            inference: false,
        };
        let x = samples.views();
        self.model.train(&pass, &edges, &x, &mut self.workspace);
        let mut loss = 0.0;
        for slot in M::trained(&mut self.workspace, samples.rows, &edges, &x) {
            for (k, (dy, y)) in slot.dy.iter_mut().zip(slot.y.data()).enumerate() {
                let factor = ((k % 7) as f64 - 3.0) / 4.0;
                loss += factor * y + y * y / 2.0;
                *dy = factor + y;
            }
        }
        // A weight gradient that nobody writes shows.
        let mut weights = vec![f64::NAN; self.model.trainable_len()];
        self.model.backward(&pass, &edges, &x, &mut self.workspace, WeightGrads::new(&mut weights, Write::Overwrite));
        let mut inputs = Vec::new();
        if input_gradients {
            let gradients = M::input_gradients(&self.workspace, samples.rows, &edges);
            inputs.extend(gradients.into_iter().map(|gradient| gradient.map(<[f64]>::to_vec)));
        }
        (loss, Slopes { weights, inputs })
    }
}

/// Checks the gradients of all weights and inputs against central differences of the loss, and that neither earlier
/// runs nor the question for input gradients change a bit of them.
pub fn slopes_agree<M: Model<Element = f64> + Clone>(model: &M, samples: &Samples) {
    let (_, computed) = Run::new(model).both(samples, true);
    let (_, without) = Run::new(model).both(samples, false);
    assert_eq!(computed.weights, without.weights, "input gradients change those of the weights");

    let mut used = Run::new(model);
    let larger = Samples::random::<M>(samples.rows + 3, 4, 99);
    used.both(&larger, true);
    used.model = model.clone();
    assert_eq!(used.both(samples, true).1, computed, "what an earlier batch left in memory changes the gradients");

    let loss_of = |model: &M, samples: &Samples| Run::new(model).both(samples, false).0;
    let slope = |at: &dyn Fn(f64) -> f64| (at(STEP) - at(-STEP)) / (2.0 * STEP);
    for (place, got) in computed.weights.iter().enumerate() {
        let expected = slope(&|step| {
            let mut moved = model.clone();
            let path = nudge(&mut moved, place, step);
            assert!(!path.is_empty());
            loss_of(&moved, samples)
        });
        assert!(close(*got, expected), "{}: {got}, but the slope is {expected}", nudge(&mut model.clone(), place, 0.0));
    }
    for (input, gradient) in computed.inputs.iter().enumerate() {
        let name = M::GRAPH.inputs[input].name;
        assert_eq!(gradient.is_none(), samples.numbers[input].is_empty(), "`{name}`");
        for (k, got) in gradient.iter().flatten().enumerate() {
            let expected = slope(&|step| {
                let mut moved = samples.clone();
                moved.numbers[input][k] += step;
                loss_of(model, &moved)
            });
            assert!(close(*got, expected), "input `{name}` at {k}: {got}, but the slope is {expected}");
        }
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()))
}

/// Moves one trainable number, counted over the whole model; returns where it is.
fn nudge<M: Model<Element = f64>>(model: &mut M, place: usize, step: f64) -> String {
    let (mut from, mut found) = (0, String::new());
    model.visit_mut("", &mut |path, variable| {
        if !variable.trainable() {
            return;
        }
        if let Some(number) = place.checked_sub(from).and_then(|k| variable.data_mut().get_mut(k)) {
            *number += step;
            found = format!("{path} at {}", place - from);
        }
        from += variable.data().len();
    });
    found
}

//! One step against the gradient, for any model.

use formwork::__private::Pass;
use formwork::Threads;
use formwork::layer::{WeightGrads, Write};
use formwork::model::Model;

use crate::Samples;

/// How far all weights together move.
const STEP: f64 = 1e-6;

/// Checks that a small step against the gradient of Σ (k mod 7 - 3) y / 4 + y² / 2 over all outputs lowers it by as much
/// as the gradient says, and that the gradient is not zero: forward and backward pass of the model agree.
pub fn a_step_lowers_the_loss<M: Model<Element = f64>>(model: &mut M, samples: &Samples) {
    let mut edges = Vec::new();
    M::shapes(&samples.shapes, &mut edges).expect("the samples were made for the model");
    let pass = Pass {
        batch: samples.rows,
        threads: Threads::global(),
        seed: 7,
        step: 3,
        input_gradients: false,
        inference: false,
    };
    let x = samples.views();
    let mut workspace = M::Training::default();
    let mut gradient = vec![f64::NAN; model.trainable_len()];
    let mut loss = |model: &mut M, gradient: Option<&mut [f64]>| {
        model.train(&pass, &edges, &x, &mut workspace);
        let mut loss = 0.0;
        for slot in M::trained(&mut workspace, samples.rows, &edges, &x) {
            for (k, (dy, y)) in slot.dy.iter_mut().zip(slot.y.data()).enumerate() {
                let factor = ((k % 7) as f64 - 3.0) / 4.0;
                loss += factor * y + y * y / 2.0;
                *dy = factor + y;
            }
        }
        if let Some(gradient) = gradient {
            model.backward(&pass, &edges, &x, &mut workspace, WeightGrads::new(gradient, Write::Overwrite));
        }
        loss
    };
    let before = loss(model, Some(&mut gradient));
    let steepness: f64 = gradient.iter().map(|g| g * g).sum();
    assert!(before.is_finite() && steepness.is_finite() && steepness > 0.0, "loss {before}, gradient {steepness}");
    let length = STEP / steepness.sqrt();
    let mut rest = gradient.iter();
    model.visit_mut("", &mut |_, variable| {
        if variable.trainable() {
            for (weight, slope) in variable.data_mut().iter_mut().zip(&mut rest) {
                *weight -= length * slope;
            }
        }
    });
    let after = loss(model, None);
    let expected = before - length * steepness;
    assert!(
        (after - expected).abs() < 0.05 * (before - expected),
        "a step took the loss from {before} to {after}, the gradient says to {expected}"
    );
}

//! What the macro emits for training, written by hand for one small model of one output and one of two.

mod tiny;

use formwork::prelude::*;
use ndarray::{Array1, Array2};
use tiny::{Tiny, TinyInputs, TinyTargets};

/// Three separable classes.
fn data(rows: usize) -> (Array2<f32>, Array1<u8>) {
    let x = Array2::from_shape_fn((rows, 4), |(row, i)| {
        let noise = ((row * 7 + i * 3) % 11) as f32 / 20.0;
        noise + if i == row % 3 { 2.0 } else { 0.0 }
    });
    (x, Array1::from_shape_fn(rows, |row| (row % 3) as u8))
}

#[test]
fn fit_learns_and_evaluate_agrees() -> Result<()> {
    let (x, labels) = data(90);
    let train = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels })?.shuffle(90, 1).batch(16);
    let test = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels })?.batch(32);
    let mut model =
        Tiny::new(3).compile(Adam::new(0.05), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let history = model.fit(&train, Fit::epochs(20).validation(&test))?;
    assert_eq!(history.epochs().len(), 20);
    let report = model.evaluate(&test)?;
    assert_eq!(report.metric("accuracy"), Some(1.0));
    assert_eq!(history.last().and_then(|last| last.metric("val_loss")), Some(report.loss));
    assert!(report.loss < 0.2, "{report}");
    let p = model.predict(TinyInputs { x: &x })?.output;
    assert_eq!(p.dim(), (90, 3));
    Ok(())
}

#[test]
fn a_loop_of_ones_own_does_what_fit_does() -> Result<()> {
    let (x, labels) = data(30);
    let mut by_fit = Tiny::new(3).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new());
    let train = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels })?.batch(30);
    by_fit.fit(&train, Fit::epochs(5))?;

    let mut model = Tiny::new(3);
    let mut optimizer = SGD::new(0.1);
    let loss = SparseCategoricalCrossentropy::new();
    for _ in 0..5 {
        let targets = TinyTargets { output: &labels };
        let (value, gradients) = model.gradients(TinyInputs { x: &x }, &targets, &loss)?;
        assert!(value.is_finite());
        optimizer.apply(&mut model, &gradients);
    }
    assert_eq!(model.dense.data(0), by_fit.dense.data(0));
    Ok(())
}

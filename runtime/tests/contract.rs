//! What the macro emits for training, written by hand for a small model: it fits, evaluates and predicts.

mod tiny;

use formwork::prelude::*;
use ndarray::{Array1, Array2, s};
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

#[test]
fn parts_of_a_data_set_are_what_their_rows_are() -> Result<()> {
    let (x, labels) = data(10);
    let all = || Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels });
    let mut model = Tiny::new(3).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new());
    let (head, tail) = (x.slice(s![..7, ..]), x.slice(s![7.., ..]));
    let (head_labels, tail_labels) = (labels.slice(s![..7]), labels.slice(s![7..]));
    let by_hand = Dataset::from_arrays(TinyInputs { x: &head }, TinyTargets { output: &head_labels })?.batch(4);
    let first = model.evaluate(&by_hand)?.loss;
    assert_eq!(model.evaluate(&all()?.take(7).batch(4))?.loss, first);
    let by_hand = Dataset::from_arrays(TinyInputs { x: &tail }, TinyTargets { output: &tail_labels })?.batch(4);
    let last = model.evaluate(&by_hand)?.loss;
    assert_eq!(model.evaluate(&all()?.skip(7).batch(4))?.loss, last);
    // A sample of weight 0 counts nothing, one of weight 2 as much as two.
    let weights: Vec<f32> = (0..10).map(|row| if row < 7 { 0.0 } else { 2.0 }).collect();
    let weighted = model.evaluate(&all()?.sample_weights(&weights)?.batch(10))?.loss;
    assert!((weighted - 2.0 * 3.0 * last / 10.0).abs() < 1e-6);
    let late = model.evaluate(&all()?.skip(7).sample_weights(&weights[7..])?.batch(4))?.loss;
    assert!((late - 2.0 * last).abs() < 1e-6);
    Ok(())
}

#[test]
fn an_epoch_is_the_same_for_the_same_seed_only() -> Result<()> {
    let (x, labels) = data(40);
    let train = |seed| -> Result<Vec<f32>> {
        let data = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels })?;
        let mut model = Tiny::new(3).compile(Adam::new(0.01), SparseCategoricalCrossentropy::new());
        model.fit(&data.shuffle(40, seed).batch(7), Fit::epochs(2))?;
        Ok(model.dense.data(0).to_vec())
    };
    assert_eq!(train(1)?, train(1)?);
    assert_ne!(train(1)?, train(2)?);
    Ok(())
}

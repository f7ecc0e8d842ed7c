//! What data can get wrong is an error that says what, where and how to mend it, and the model stays as it was.

mod tiny;

use formwork::prelude::*;
use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn, array};
use tiny::{Tiny, TinyInputs, TinyTargets};

fn x(rows: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, 4), |(row, i)| (row + i) as f32 / 10.0)
}

fn ids(rows: usize) -> Array1<i64> {
    Array1::from_shape_fn(rows, |row| (row % 3) as i64)
}

type Trained = Compiled<Tiny, SGD, SparseCategoricalCrossentropy>;

fn model() -> Trained {
    Tiny::new(1).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new())
}

/// The message of fitting this, by a model that is no other afterwards.
fn message(x: &Array2<f32>, labels: &Array1<i64>, batch: usize) -> String {
    let mut model = model();
    let before = model.dense.data(0).to_vec();
    let data = Dataset::from_arrays(TinyInputs { x }, TinyTargets { output: labels });
    let error = data.and_then(|data| model.fit(&data.batch(batch), Fit::epochs(1))).unwrap_err();
    assert_eq!(model.dense.data(0), before);
    error.to_string()
}

#[test]
fn data_without_samples() {
    assert_eq!(message(&x(0), &ids(0), 4), "the data set has no samples: give every array at least one row");
}

#[test]
fn a_batch_of_nothing() {
    let message = message(&x(3), &ids(3), 0);
    assert_eq!(message, "a batch of 0 samples holds nothing: write .batch(n) with n of at least 1");
}

#[test]
fn numbers_that_are_none() {
    let mut bad = x(5);
    bad[(3, 1)] = f32::NAN;
    let expected = "input `x` holds NaN in row 3: remove the row, or replace the value by a number";
    assert_eq!(message(&bad, &ids(5), 2), expected);
    bad[(3, 1)] = f32::INFINITY;
    assert!(message(&bad, &ids(5), 2).contains("holds inf in row 3"));
    // The same in memory that does not lie row after row.
    let turned = bad.t().as_standard_layout().into_owned();
    let (turned, labels) = (turned.t(), ids(5));
    let data = Dataset::from_arrays(TinyInputs { x: &turned }, TinyTargets { output: &labels });
    assert!(data.unwrap_err().to_string().contains("holds inf in row 3"));
}

#[test]
fn rows_that_differ() {
    let expected = "all arrays need the same number of rows, but input `x` has 5, target `output` has 4";
    assert_eq!(message(&x(5), &ids(4), 2), expected);
}

#[test]
fn labels_out_of_range() {
    let mut labels = ids(5);
    labels[3] = 12;
    assert_eq!(message(&x(5), &labels, 2), "label 12 in row 3 of `output` must be in 0..3");
    labels[3] = -1;
    assert_eq!(message(&x(5), &labels, 2), "label -1 in row 3 of `output` must be in 0..3");
    labels[3] = 1 << 40;
    assert!(message(&x(5), &labels, 2).starts_with("label 1099511627776 in row 3"));
}

#[test]
fn ids_to_ignore_are_no_labels_and_no_mistake() -> Result<()> {
    let labels: Array1<u8> = array![0, 255, 2];
    let (x, targets) = (x(3), TinyTargets { output: &labels });
    let data = Dataset::from_arrays(TinyInputs { x: &x }, targets)?.batch(3);
    assert!(model().evaluate(&data).is_err());
    let loss = SparseCategoricalCrossentropy::new().ignore_class(255);
    let all = Tiny::new(1).compile(SGD::new(0.1), loss).evaluate(&data)?;
    let (few, kept) = (x.select(Axis(0), &[0, 2]), labels.select(Axis(0), &[0, 2]));
    let data = Dataset::from_arrays(TinyInputs { x: &few }, TinyTargets { output: &kept })?.batch(3);
    assert!((all.loss - model().evaluate(&data)?.loss).abs() < 1e-6);
    Ok(())
}

#[test]
fn arrays_of_another_shape() {
    let wide = Array2::zeros((2, 5));
    let labels = ids(2);
    let expected = "input `x` of Tiny takes a batch of shape [batch, 4], but got an array of shape [2, 5]";
    assert_eq!(message(&wide, &labels, 2), expected);
    let (x, two) = (x(2), ArrayD::<u8>::zeros(IxDyn(&[2, 3])));
    let data = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &two }).unwrap().batch(2);
    let error = model().fit(&data, Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.starts_with("the target of `output` must have shape [batch]"), "{error}");
    assert!(error.ends_with("but got an array of shape [2, 3]"), "{error}");
}

#[test]
fn a_single_batch_is_checked_as_well() {
    let (mut bad, labels) = (x(2), ids(2));
    let mut model = model();
    assert!(model.train_on_batch(TinyInputs { x: &bad }, TinyTargets { output: &labels }).is_ok());
    bad[(1, 0)] = f32::NAN;
    let error = model.train_on_batch(TinyInputs { x: &bad }, TinyTargets { output: &labels }).unwrap_err();
    assert_eq!(error.to_string(), "input `x` holds NaN in row 1: remove the row, or replace the value by a number");
    assert!(model.test_on_batch(TinyInputs { x: &bad }, TinyTargets { output: &labels }).is_err());
    assert!(model.test_on_batch(TinyInputs { x: &x(3) }, TinyTargets { output: &labels }).is_err());
}

#[test]
fn a_loss_that_leaves_the_numbers_names_its_place() {
    let (x, labels) = (x(4) * 1e30, ids(4));
    let data = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels }).unwrap().batch(2);
    let error = model().fit(&data, Fit::epochs(3)).unwrap_err();
    assert!(matches!(error, Error::Training(_)));
    let error = error.to_string();
    assert!(
        error.starts_with("the loss is NaN, and the first layer whose output is not finite is `dense` (Dense),"),
        "{error}"
    );
    assert!(error.contains("in epoch 1, batch 1 of 2: try a smaller learning rate"), "{error}");
}

#[test]
fn settings_that_leave_no_batch() -> Result<()> {
    let (x, labels) = (x(3), ids(3));
    let data = || Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels });
    let none = data()?.batch(4).drop_remainder();
    assert!(model().fit(&none, Fit::epochs(1)).unwrap_err().to_string().contains("drop_remainder leaves nothing"));
    let unmixed = data()?.shuffle(0, 1).batch(2);
    assert!(model().fit(&unmixed, Fit::epochs(1)).unwrap_err().to_string().contains("shuffle needs a buffer"));
    assert!(data()?.sample_weights([1.0, 2.0]).unwrap_err().to_string().contains("2 sample weights for 3 samples"));
    assert!(data()?.sample_weights([1.0, f64::NAN, 1.0]).unwrap_err().to_string().contains("row 1 is NaN"));
    let none = data()?.skip(3).batch(1);
    assert!(model().fit(&none, Fit::epochs(1)).unwrap_err().to_string().contains("no samples are left"));
    assert!(model().fit(&data()?.batch(2), Fit::epochs(0))?.epochs().is_empty());
    Ok(())
}

#[test]
fn one_hot_rows_of_ids() {
    let rows: Array2<f32> = to_categorical(&array![2_u8, 0], 3).unwrap();
    assert_eq!(rows, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    let error = to_categorical::<f32, _>(&array![0_i32, -4], 3).unwrap_err().to_string();
    assert_eq!(error, "class id -4 in row 1 must be in 0..3");
    assert!(to_categorical::<f32, _>(&array![3_u8], 3).is_err());
}

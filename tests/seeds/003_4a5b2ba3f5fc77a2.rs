//! Shapes that are known only at run time.

use formwork::prelude::*;
use formwork_tests::{ids, numbers};
use ndarray::{Array1, Array2, Array3, Axis};

model!(
    fn Plain(x: Input<10>) -> Output<10> {
        Sequential([Dense(128, activation = relu), Dense(10, activation = softmax)])(x)
    }
);

model!(
    fn Series(x: Input<_, 1>) -> Output<10> {
        Dense(10, activation = softmax)(LSTM(128)(x))
    }
);

#[test]
fn the_number_of_parameters() {
    assert_eq!(Plain::<f32>::PARAMS, 2_698);
}

#[test]
fn a_plain_model() -> Result<()> {
    let x: Array2<f32> = numbers(1, (32, 10));
    let labels: Array2<f32> = to_categorical(&ids(2, 32, 10), 10)?;
    let mut model = Plain::new(1).compile(Adam::new(1e-2), CategoricalCrossentropy::new());
    let train = Dataset::from_arrays(PlainInputs { x: &x }, PlainTargets { output: &labels })?.batch(8);
    let losses = model.fit(&train, Fit::epochs(5))?.metric("loss");
    assert!(losses[4] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn series_of_numbers_padded_to_one_length() -> Result<()> {
    let series: Vec<Array1<f32>> = (50..150).map(|length| numbers(length as u64, length)).collect();
    // Numbers stay numbers: nothing is cut to an integer.
    let padded: Array2<f32> = pad_sequences(&series, Padding::pre())?;
    assert_eq!(padded[[0, 148]], series[0][49]);
    let x = padded.insert_axis(Axis(2));
    let labels: Array2<f32> = to_categorical(&ids(2, 100, 10), 10)?;
    let mut model = Series::new(1).compile(Adam::new(1e-3), CategoricalCrossentropy::new());
    let train = Dataset::from_arrays(SeriesInputs { x: &x }, SeriesTargets { output: &labels })?.batch(8);
    let losses = model.fit(&train, Fit::epochs(4))?.metric("loss");
    assert!(losses[3] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn a_series_of_no_steps_is_refused() {
    let x = Array3::<f32>::zeros((2, 0, 1));
    let error = Series::new(1).predict(SeriesInputs { x: &x }).unwrap_err().to_string();
    assert!(error.contains("`x`") && error.contains("length 0"), "{error}");
}

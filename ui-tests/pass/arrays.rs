//! What may be given as an input: arrays and views, of elements that only the model tells.

use formwork::prelude::*;
use ndarray::{Array1, Array2, Array3, ArrayRef2, array, s};

const WIDTH: usize = 2;

model!(
    fn Words(ids: Input<time>, more: Input<3, WIDTH>) -> Output<10> {
        let words = LSTM(3)(Embedding(10, 3)(ids));
        Dense(10, activation = softmax)(Concatenate()(words, Flatten()(more)))
    }
);

fn rows(inputs: WordsInputs<'_>) -> usize {
    inputs.ids.shape()[0].min(inputs.more.len())
}

fn of_a_reference(ids: &ArrayRef2<u32>, more: &Array3<f32>) -> Result<Array2<f32>> {
    Ok(Words::new(1).predict(WordsInputs { ids: &ids.view(), more })?.output)
}

fn main() -> Result<()> {
    let (ids, more) = (Array2::zeros((4, 5)), Array3::zeros((4, 3, 2)));
    let inputs = WordsInputs { ids: &ids, more: &more };
    let model = Words::new(1);
    model.predict(inputs)?;
    let first = more.slice(s![..2, .., ..]);
    model.predict(WordsInputs { ids: &ids.slice(s![..2, ..]), more: &first })?;
    model.predict(WordsInputs { ids: &array![[1, 2]], more: &array![[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]] })?;
    model.predict_one(WordsInput { ids: &array![1, 2], more: &more.index_axis(ndarray::Axis(0), 0) })?;
    let labels = Array1::<u8>::zeros(4);
    let data = Dataset::from_arrays(inputs, WordsTargets { output: &labels })?.batch(2);
    model.compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new()).fit(&data, Fit::epochs(1))?;
    assert_eq!(rows(inputs), 4);
    assert_eq!(of_a_reference(&ids, &more)?.dim(), (4, 10));
    let of_the_arrays = WordsInputs { ids: &ids, more: &more.mapv(f64::from) }.more.sum();
    assert_eq!(of_the_arrays, 0.0);
    let twice = Words::<f64>::seeded(1);
    twice.predict(WordsInputs { ids: &ids, more: &more.mapv(f64::from) })?;
    Ok(())
}

//! Layers inside layers.

use formwork::prelude::*;
use ndarray::{Array3, array, s};

const WIDTH: usize = 3;

model!(
    fn Steps(x: Input<_, 2>) -> Output<_, 3> {
        TimeDistributed(Dense(WIDTH, activation = tanh), name = each)(x)
    }
);

model!(
    fn Step(x: Input<2>) -> Output<3> {
        Dense(WIDTH, activation = tanh)(x)
    }
);

fn numbers(batch: usize, steps: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((batch, steps, width), |(i, j, k)| ((i * 31 + j * 7 + k * 3) % 11) as f32 / 5.0 - 1.0)
}

#[test]
fn a_layer_works_at_every_step() {
    let model = Steps::new(5);
    let x = numbers(2, 4, 2);
    let all = model.predict(StepsInputs { x: &x }).unwrap().output;
    assert_eq!(model.each.kernel().dim(), (2, WIDTH));
    let mut single = Step::new(0);
    single.dense.kernel_mut().assign(&model.each.kernel());
    for step in 0..4 {
        let x = x.slice(s![.., step, ..]).to_owned();
        let one = single.predict(StepInputs { x: &x }).unwrap().output;
        assert_eq!(all.slice(s![.., step, ..]), one);
    }
}

model!(
    fn BothWays(ids: Input<_, u32>) -> Outputs<last = Output<4>, whole = Output<_, 2>, h = Output<2>> {
        let x = Embedding(9, 4, mask_zero = true)(ids);
        let last = Bidirectional(LSTM(2))(x);
        let (whole, h, _) = Bidirectional(GRU(2, return_sequences = true, return_state = true), merge_mode = sum)(x);
        Outputs { last, whole, h }
    }
);

#[test]
fn both_directions_skip_padding() {
    let model = BothWays::new(5);
    let padded = model.predict(BothWaysInputs { ids: &array![[3u32, 8, 0, 0]] }).unwrap();
    let short = model.predict(BothWaysInputs { ids: &array![[3u32, 8]] }).unwrap();
    assert_eq!(padded.last, short.last);
    assert_eq!(padded.h, short.h);
    assert_eq!(padded.whole.slice(s![.., ..2, ..]), short.whole);
    assert!(padded.whole.slice(s![.., 2.., ..]).iter().all(|value| *value == 0.0));
    assert_eq!(model.last.backward_kernel().dim(), (4, 8));
}

model!(
    fn Tags(ids: Input<_, u32>) -> Output<_, 3> {
        let h = Bidirectional(LSTM(4, return_sequences = true))(Embedding(9, 4, mask_zero = true)(ids));
        TimeDistributed(Dense(3, activation = softmax))(h)
    }
);

#[test]
fn tags_of_words_train() {
    let ids = array![[3u32, 8, 1, 0, 0], [2, 5, 7, 4, 6]];
    let tags = array![[0u32, 1, 2, 0, 0], [2, 2, 1, 0, 1]];
    let mut model = Tags::new(7).compile(Adam::new(0.05), SparseCategoricalCrossentropy::new());
    let mut loss = || model.train_on_batch(TagsInputs { ids: &ids }, TagsTargets { output: &tags }).unwrap().loss;
    let first = loss();
    let last = (0..200).map(|_| loss()).last().unwrap();
    assert!(last < first / 10.0, "{first} -> {last}");
}

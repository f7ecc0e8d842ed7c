//! Layers inside layers.

use formwork::prelude::*;
use formwork_tests::{Samples, slopes_agree};
use ndarray::{Array2, Array3, Array4, array, s};

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

model!(
    fn Frame(frame: Input<5, 5, 2>) -> Output<3> {
        Dense(3, activation = tanh)(Flatten()(Conv2D(2, 3)(frame)))
    }
);

model!(
    fn Film(frames: Input<time, 5, 5, 2>) -> Output<time, 2> {
        let h = TimeDistributed(Frame(), name = frame)(frames);
        let h =
            TimeDistributed(Sequential([Dense(4, activation = gelu), Sequential([LayerNormalization(), Dense(2)])]))(h);
        LSTM(2, return_sequences = true)(h)
    }
);

#[test]
fn a_model_works_at_every_step() {
    let film = Film::<f32>::new(3);
    assert_eq!(Film::<f32>::PARAMS, Frame::<f32>::PARAMS + (3 * 4 + 4) + 2 * 4 + (4 * 2 + 2) + LSTM_2_2);
    const LSTM_2_2: usize = 4 * 2 * (2 + 2 + 1);
    let summary = film.summary().to_string();
    assert!(summary.contains("frame (Frame)"), "{summary}");
    for length in [1, 3] {
        slopes_agree(&Film::<f64>::seeded(3), &Samples::random::<Film<f64>>(2, length, 5));
    }
}

model!(
    fn Frames(frames: Input<4, 5, 5, 2>) -> Output<4, 3> {
        TimeDistributed(Frame())(frames)
    }
);

#[test]
fn a_model_at_every_step_says_what_it_says_to_each() {
    let model = Frames::new(9);
    let x = numbers(3 * 4, 25, 2);
    let steps = x.to_shape((12, 5, 5, 2)).unwrap().into_owned();
    let all =
        model.predict(FramesInputs { frames: &x.to_shape((3, 4, 5, 5, 2)).unwrap().into_owned() }).unwrap().output;
    let each = model.frame.predict(FrameInputs { frame: &steps }).unwrap().output;
    assert_eq!(all.to_shape((12, 3)).unwrap(), each);
}

model!(
    fn Sampled(x: Input<20>) -> Output<1> {
        const WIDTHS: [usize; 6] = [4, 8, 16, 32, 64, 128];
        let mut skips = Vec::new();
        let mut h = x;
        for width in WIDTHS.iter().skip(1).step_by(2).take(2) {
            h = Dense(width.min(20))(h);
            skips.push(h);
        }
        let last = skips.pop().unwrap();
        let first = skips.first().unwrap();
        for (k, more) in vec![first, last].iter().chain([last]).enumerate() {
            h = Concatenate()(h, (k as f64 / 2.0) * more);
        }
        Dense(2usize.pow(3).div_ceil(8))(h)
    }
);

#[test]
fn lists_are_unrolled() {
    // 20 to 8 to 20, joined by 8 and twice 20.
    assert_eq!(Sampled::<f32>::PARAMS, (20 * 8 + 8) + (8 * 20 + 20) + (20 + 8 + 20 + 20 + 1));
}

model!(
    /// Two outputs of different ranks.
    fn Parts(frame: Input<4, 2>) -> Outputs<sum = Output<2>, rows = Output<4, 3>> {
        Outputs { sum: sum(frame, axis = 1), rows: TimeDistributed(Dense(3, activation = tanh))(frame) }
    }
);

model!(
    fn PartsOfAll(frames: Input<time, 4, 2>) -> Outputs<sums = Output<time, 2>, rows = Output<time, 4, 3>> {
        let (sums, rows) = TimeDistributed(Parts())(frames);
        Outputs { sums, rows }
    }
);

#[test]
fn a_model_with_two_outputs_works_at_every_step() {
    let model = PartsOfAll::new(9);
    let x = numbers(3 * 5, 8, 1);
    let steps = x.to_shape((15, 4, 2)).unwrap().into_owned();
    let frames = x.to_shape((3, 5, 4, 2)).unwrap().into_owned();
    let all = model.predict(PartsOfAllInputs { frames: &frames }).unwrap();
    let each = model.parts.predict(PartsInputs { frame: &steps }).unwrap();
    assert_eq!(all.sums.to_shape((15, 2)).unwrap(), each.sum);
    assert_eq!(all.rows.to_shape((15, 4, 3)).unwrap(), each.rows);
    for length in [1, 3] {
        slopes_agree(&PartsOfAll::<f64>::seeded(3), &Samples::random::<PartsOfAll<f64>>(2, length, 5));
    }
}

model!(
    fn TwoKinds(x: Input<time, 3>) -> Output<5> {
        Bidirectional(LSTM(2, kernel_initializer = he_normal), backward_layer = GRU(WIDTH, go_backwards = true))(x)
    }
);

#[test]
fn the_way_back_may_be_another_layer() {
    let model = TwoKinds::new(3);
    assert_eq!(TwoKinds::<f32>::PARAMS, 4 * 2 * (3 + 2 + 1) + 3 * 3 * (3 + 3 + 2));
    let (x, mut turned) = (numbers(2, 4, 3), numbers(2, 4, 3));
    turned.invert_axis(ndarray::Axis(1));
    let forward = model.predict(TwoKindsInputs { x: &x }).unwrap().output;
    let backward = model.predict(TwoKindsInputs { x: &turned }).unwrap().output;
    assert_ne!(forward, backward);
    for length in [1, 4] {
        slopes_agree(&TwoKinds::<f64>::seeded(3), &Samples::random::<TwoKinds<f64>>(2, length, 5));
    }
}

model!(
    fn Critic(photo: Input<8, 8, 3>, word: Input<2, u32>) -> Output<1> {
        let h = SpectralNormalization(Conv2D(6, 3, strides = 2, activation = LeakyReLU(0.2)), name = photos)(photo);
        let w = SpectralNormalization(Embedding(9, 4))(word);
        let h = Concatenate()(Flatten()(h), Flatten()(w));
        SpectralNormalization(Dense(WIDTH - 2, kernel_regularizer = L2(0.01)), power_iterations = 2)(h) * 0.0
            + SpectralNormalization(Dense(1, use_bias = false), name = score)(h)
    }
);

/// The largest singular value of a matrix, by many iterations from a start of its own.
fn largest_singular_value(matrix: &Array2<f32>) -> f32 {
    let mut u = ndarray::Array1::from_elem(matrix.ncols(), 1.0f32);
    let mut length = 0.0;
    for _ in 0..500 {
        let v = matrix.dot(&u);
        u = matrix.t().dot(&v);
        length = u.dot(&u).sqrt();
        u /= length;
    }
    length.sqrt()
}

#[test]
fn training_keeps_the_largest_singular_value_of_a_kernel_at_1() {
    let photo =
        Array4::from_shape_fn((6, 8, 8, 3), |(i, j, k, l)| ((i * 31 + j * 7 + k * 3 + l) % 11) as f32 / 5.0 - 1.0);
    let word = Array2::from_shape_fn((6, 2), |(i, j)| ((i * 5 + j) % 9) as u32);
    let y = Array2::from_shape_fn((6, 1), |(i, _)| i as f32 / 6.0);
    let model = Critic::new(7);
    let matrix = |model: &Critic| {
        let kernel = model.photos.kernel();
        kernel.to_shape((27, 6)).unwrap().to_owned()
    };
    let before = largest_singular_value(&matrix(&model));
    assert!((before - 1.0).abs() > 0.01, "{before}");
    // A prediction takes the kernel as it is.
    let predicted = model.predict(CriticInputs { photo: &photo, word: &word }).unwrap().output;
    assert_eq!(predicted, model.predict(CriticInputs { photo: &photo, word: &word }).unwrap().output);
    assert_eq!(before, largest_singular_value(&matrix(&model)));
    let mut training = model.compile(SGD::new(0.0), MeanSquaredError::new());
    for _ in 0..200 {
        training.train_on_batch(CriticInputs { photo: &photo, word: &word }, CriticTargets { output: &y }).unwrap();
    }
    let after = largest_singular_value(&matrix(&training));
    assert!((after - 1.0).abs() < 1e-3, "{after}");
    let score = training.score.kernel().to_owned();
    assert!((largest_singular_value(&score) - 1.0).abs() < 1e-3);
    let file = std::env::temp_dir().join(format!("critic-{}.safetensors", std::process::id()));
    training.save(&file).unwrap();
    let mut fresh = Critic::new(1);
    fresh.load(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(fresh.photos.named("vector_u").unwrap().data(), training.photos.named("vector_u").unwrap().data());
    assert_eq!(fresh.photos.named("vector_u").unwrap().shape(), [1, 6]);
    assert!(fresh.summary().to_string().contains("photos (SpectralNormalization)"), "{}", fresh.summary());
}

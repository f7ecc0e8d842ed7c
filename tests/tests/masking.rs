//! Padding that is masked has no effect: results are those of the shorter sequences.

use formwork::prelude::*;
use ndarray::{Array2, Array3, array, s};

model!(
    /// Texts of any length, padded with id 0.
    fn Text(ids: Input<_, u32>) -> Output<1> {
        let h = Embedding(9, 4, mask_zero = true)(ids);
        let h = Dropout(0.1)(h);
        let h = LSTM(3, return_sequences = true)(h);
        Dense(1)(GRU(3)(h))
    }
);

const IDS: [[u32; 5]; 2] = [[3, 8, 1, 0, 0], [2, 5, 7, 4, 6]];

#[test]
fn padded_texts_are_read_as_short_ones() {
    let model = Text::new(7);
    let padded = model.predict(TextInputs { ids: &array![IDS[0], IDS[1]] }).unwrap().output;
    let short = model.predict(TextInputs { ids: &array![[3u32, 8, 1]] }).unwrap().output;
    let whole = model.predict(TextInputs { ids: &array![IDS[1]] }).unwrap().output;
    assert_eq!(padded[[0, 0]], short[[0, 0]]);
    assert_eq!(padded[[1, 0]], whole[[0, 0]]);
}

#[test]
fn padded_texts_train() {
    let ids = array![IDS[0], IDS[1]];
    let targets = array![[1.0f32], [-1.0]];
    let mut model = Text::new(7).compile(Adam::new(0.02), MeanSquaredError::new());
    let loss = |model: &mut Compiled<Text, _, _>| {
        model.train_on_batch(TextInputs { ids: &ids }, TextTargets { output: &targets }).unwrap().loss
    };
    let first = loss(&mut model);
    let last = (0..200).map(|_| loss(&mut model)).last().unwrap();
    assert!(last < first / 10.0, "{first} -> {last}");
}

model!(
    fn Given(
        x: Input<time, 2>,
        valid: Input<time, bool>,
    ) -> Outputs<last = Output<3>, mean = Output<2>, share = Output<_, 2>> {
        let last = SimpleRNN(3)(x, mask = valid);
        let mean = GlobalAveragePooling1D()(x, mask = valid);
        let share = ReLU()(x);
        Outputs { last, mean, share }
    }
);

fn numbers(batch: usize, steps: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((batch, steps, width), |(i, j, k)| ((i * 31 + j * 7 + k * 3) % 11) as f32 / 5.0 - 1.0)
}

#[test]
fn a_mask_may_be_an_input() {
    let model = Given::new(3);
    let x = numbers(1, 4, 2);
    let valid = array![[true, true, false, false]];
    let masked = model.predict(GivenInputs { x: &x, valid: &valid }).unwrap();
    let short = x.slice(s![.., ..2, ..]).to_owned();
    let short = model.predict(GivenInputs { x: &short, valid: &array![[true, true]] }).unwrap();
    assert_eq!(masked.last, short.last);
    assert_eq!(masked.mean, short.mean);
}

model!(
    fn Padded(x: Input<4, 2>) -> Output<3> {
        LSTM(3)(Masking(mask_value = 9.0)(x))
    }
);

model!(
    fn Merged(a: Input<4, 2>, b: Input<4, 2>) -> Output<2> {
        let a = Masking(9.0)(a);
        let b = Masking(9.0)(b);
        GlobalAveragePooling1D()(Add()(a, b))
    }
);

#[test]
fn steps_of_one_value_are_masked() {
    let model = Padded::new(3);
    let mut x = numbers(1, 4, 2);
    x.slice_mut(s![.., 1.., ..]).fill(9.0);
    let one = model.predict(PaddedInputs { x: &x }).unwrap().output;
    // What comes before the first valid step has no effect either.
    let mut late = Array3::from_elem((1, 4, 2), 9.0f32);
    late.slice_mut(s![.., 3.., ..]).assign(&x.slice(s![.., ..1, ..]));
    assert_eq!(model.predict(PaddedInputs { x: &late }).unwrap().output, one);
}

#[test]
fn a_merged_step_is_valid_where_either_is() {
    let mut a = Array3::from_elem((1, 4, 2), 9.0f32);
    a.slice_mut(s![.., ..1, ..]).fill(1.0);
    let mut b = Array3::from_elem((1, 4, 2), 9.0f32);
    b.slice_mut(s![.., ..2, ..]).fill(3.0);
    let mean: Array2<f32> = Merged::new(0).predict(MergedInputs { a: &a, b: &b }).unwrap().output;
    // The steps are 1 + 3 and 0 + 3.
    assert_eq!(mean, array![[3.5, 3.5]]);
}

model!(
    fn Joined(
        a: Input<2, 2>,
        b: Input<time, 2>,
        c: Input<1, 2>,
    ) -> Outputs<along = Output<2>, beside = Output<4>, whole = Output<2>> {
        let a = Masking(9.0)(a);
        let b = Masking(9.0)(b);
        let along = GlobalAveragePooling1D()(Concatenate(axis = 1)(a, b, c));
        let beside = GlobalAveragePooling1D()(Concatenate(axis = 2)(a, a));
        let whole = GlobalAveragePooling1D()(concatenate(c, c, axis = -2));
        Outputs { along, beside, whole }
    }
);

#[test]
fn joined_steps_are_valid_where_their_parts_are() {
    let a = array![[[1.0f32, 2.0], [9.0, 9.0]]];
    let b = array![[[9.0f32, 9.0], [3.0, 4.0], [9.0, 9.0]]];
    let c = array![[[8.0f32, 9.0]]];
    let y = Joined::new(0).predict(JoinedInputs { a: &a, b: &b, c: &c }).unwrap();
    assert_eq!(y.along, array![[4.0, 5.0]]);
    assert_eq!(y.beside, array![[1.0, 2.0, 1.0, 2.0]]);
    assert_eq!(y.whole, array![[8.0, 9.0]]);
}

model!(
    fn BothDirections(x: Input<_, 2>) -> Outputs<there = Output<3>, back = Output<3>> {
        let both = Bidirectional(SimpleRNN(3, return_sequences = true), merge_mode = None);
        let (there, back) = both(Masking(9.0)(x));
        Outputs { there: GlobalAveragePooling1D()(there), back: GlobalAveragePooling1D()(back) }
    }
);

#[test]
fn both_directions_have_the_steps_of_the_input() {
    let short = numbers(1, 2, 2);
    let mut padded = Array3::from_elem((1, 4, 2), 9.0f32);
    padded.slice_mut(s![.., ..2, ..]).assign(&short);
    let model = BothDirections::new(4);
    let padded = model.predict(BothDirectionsInputs { x: &padded }).unwrap();
    let short = model.predict(BothDirectionsInputs { x: &short }).unwrap();
    assert!((&padded.there - &short.there).iter().chain((&padded.back - &short.back).iter()).all(|d| d.abs() < 1e-6));
}

model!(
    fn Translate(from: Input<_, 2>, to: Input<_, 2>) -> Output<3> {
        let (_, h, c) = LSTM(3, return_state = true)(from);
        LSTM(3)(to, initial_state = (h, c))
    }
);

model!(
    fn TranslateInOrder(from: Input<_, 2>, to: Input<_, 2>) -> Output<3> {
        let (_, h, c) = LSTM(3, return_state = true)(from);
        LSTM(3)(to, h, c)
    }
);

#[test]
fn states_are_given_by_name() {
    let (from, to) = (numbers(2, 3, 2), numbers(2, 5, 2));
    let named = Translate::new(1).predict(TranslateInputs { from: &from, to: &to }).unwrap();
    let ordered = TranslateInOrder::new(1).predict(TranslateInOrderInputs { from: &from, to: &to }).unwrap();
    assert_eq!(named.output, ordered.output);
}

model!(
    fn Shared(ids: Input<_, u32>, x: Input<_, 4>) -> Output<3> {
        let lstm = LSTM(3);
        let a = lstm(Embedding(9, 4, mask_zero = true)(ids));
        a + lstm(x)
    }
);

#[test]
fn a_layer_is_shared_with_and_without_a_mask() {
    let out = Shared::new(1).predict(SharedInputs { ids: &array![[1u32, 2, 0]], x: &numbers(1, 2, 4) }).unwrap();
    assert_eq!(out.output.dim(), (1, 3));
}

model!(
    fn Unmasked(ids: Input<5, u32>) -> Output<20> {
        Flatten()(Embedding(9, 4, mask_zero = true)(ids), mask = None)
    }
);

#[test]
fn a_mask_can_be_left_behind() {
    assert_eq!(Unmasked::new(1).predict(UnmaskedInputs { ids: &array![IDS[0]] }).unwrap().output.dim(), (1, 20));
}

model!(
    fn Forecast(x: Input<_, 2>) -> Output<_, 1> {
        let h = SimpleRNN(3, return_sequences = true)(Masking(9.0)(x));
        TimeDistributed(Dense(1))(h)
    }
);

#[test]
fn a_loss_counts_valid_steps_only() {
    let short = numbers(1, 2, 2);
    let mut padded = Array3::from_elem((1, 4, 2), 9.0f32);
    padded.slice_mut(s![.., ..2, ..]).assign(&short);
    let (target, long) = (array![[[0.5f32], [-0.5]]], array![[[0.5f32], [-0.5], [7.0], [8.0]]]);
    let mut one = Forecast::new(2).compile(SGD::new(0.1), MeanSquaredError::new());
    let mut other = Forecast::new(2).compile(SGD::new(0.1), MeanSquaredError::new());
    for _ in 0..3 {
        let a = one.train_on_batch(ForecastInputs { x: &short }, ForecastTargets { output: &target }).unwrap().loss;
        let b = other.train_on_batch(ForecastInputs { x: &padded }, ForecastTargets { output: &long }).unwrap().loss;
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    let a = one.test_on_batch(ForecastInputs { x: &short }, ForecastTargets { output: &target }).unwrap().loss;
    let b = other.test_on_batch(ForecastInputs { x: &padded }, ForecastTargets { output: &long }).unwrap().loss;
    assert!((a - b).abs() < 1e-6, "{a} {b}");
}

model!(
    fn Causal(x: Input<_, 4>) -> Output<_, 4> {
        Attention()(x, x, use_causal_mask = true)
    }
);

#[test]
fn a_causal_mask_hides_later_steps() {
    let x = numbers(1, 4, 4);
    let all = Causal::new(0).predict(CausalInputs { x: &x }).unwrap().output;
    let first = x.slice(s![.., ..2, ..]).to_owned();
    let two = Causal::new(0).predict(CausalInputs { x: &first }).unwrap().output;
    assert!(all.slice(s![.., ..2, ..]).iter().zip(&two).all(|(a, b)| (a - b).abs() < 1e-6));
}

model!(
    fn Steps(ids: Input<4, u32>) -> Output<4, 1> {
        TimeDistributed(Dense(1, use_bias = false))(Embedding(3, 1, mask_zero = true)(ids))
    }
);

/// The numbers are those of Keras 3.15: what is a mean over rows leaves masked ones out, what has sums of its own does not.
#[test]
fn means_leave_padding_out_and_other_metrics_do_not() {
    let mut model = Steps::new(1);
    model.visit_mut("", &mut |_, variable| variable.data_mut().fill(0.9));
    let metrics = (MAE::new(), RMSE::new(), LossMetric::new(LogCosh::new()));
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new()).metrics((metrics.clone(), Weighted(metrics)));
    let (ids, y) = (array![[1u32, 2, 0, 0]], array![[[1.0f32], [0.0], [1.0], [3.0]]]);
    let (inputs, targets) = (StepsInputs { ids: &ids }, StepsTargets { output: &y });
    let report = model.test_on_weighted_batch(inputs, targets, &array![[1.0f32, 3.0, 1.0, 1.0]]).unwrap();
    let wanted = [
        ("loss", 1.0022),
        ("mean_absolute_error", 0.5),
        ("root_mean_squared_error", 1.175_202),
        ("weighted_mean_absolute_error", 0.655),
        ("weighted_root_mean_squared_error", 1.067_442),
        ("log_cosh", 0.157_682),
        ("weighted_log_cosh", 0.227_552),
    ];
    for (name, wanted) in wanted {
        let got = report.metric(name).unwrap_or_else(|| panic!("{name} in {report:?}"));
        assert!((got - wanted).abs() < 1e-4, "{name} is {got}, not {wanted}");
    }
}

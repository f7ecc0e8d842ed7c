//! Warm, nothing is allocated: neither by a training step nor by a prediction, at any batch size up to the largest.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use formwork::__private::ShapeValue;
use formwork::View;
use formwork::prelude::*;
use formwork::train::{Comparison, Takes};
use formwork_tests::{ids, numbers};
use ndarray::{Array1, Array2, Array3, Array4, Axis, s};

/// Counts what all threads allocate.
struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.load(Ordering::Relaxed);
    work();
    COUNT.load(Ordering::Relaxed) - before
}

const ROWS: [usize; 6] = [48, 1, 7, 48, 32, 2];

/// Rounds in which every thread has met every kind of task, however seldom the system lets it run.
const WARMING: usize = 50;

/// Warms up at the largest batch, then takes several steps of each size. A thread that meets its first task, or a size
/// that splits into other tasks than the largest, may still need room: which thread takes a task is the system's choice, so
/// the rounds that settle are not the same each time. A step that allocates by itself does so in all of them.
#[track_caller]
fn allocates_nothing(what: &str, mut step: impl FnMut(usize)) {
    step(ROWS[0]);
    for rows in ROWS {
        let mut round = || allocations(|| (0..5).for_each(|_| step(rows)));
        let settles = (0..WARMING).any(|_| round() == 0);
        assert!(settles, "{what} of {rows} rows allocates {} times in 5 steps", round());
    }
}

/// All in one test: another beside it, and the harness itself, would be counted, too.
#[test]
fn a_warm_step_allocates_nothing() {
    dense_layers();
    metrics_and_weights_of_samples();
    convolutions();
    two_inputs_two_outputs_and_a_nested_model();
    embeddings_and_sequences();
    every_loss();
    every_optimizer();
    every_metric();
    a_second_epoch_of_fit_costs_no_more_than_its_report();
}

model!(
    fn Mlp(x: Input<20>) -> Output<4> {
        let h = Dense(64, activation = relu)(x);
        let h = Dropout(0.2)(BatchNormalization()(h));
        Dense(4, activation = softmax)(Dense(32, activation = tanh)(h) + 1.0)
    }
);

fn dense_layers() {
    let x: Array2<f32> = numbers(1, (48, 20));
    let labels = ids(2, 48, 4);
    let mut model = Mlp::new(1).compile(Adam::new(0.01), SparseCategoricalCrossentropy::new());
    allocates_nothing("training", |rows| {
        let (x, labels) = (x.slice(s![..rows, ..]), labels.slice(s![..rows]));
        model.train_on_batch(MlpInputs { x: &x }, MlpTargets { output: &labels }).unwrap();
    });
    predictions_allocate_nothing(&*model, |rows, run| run(MlpInputs { x: &x.slice(s![..rows, ..]) }));
    let (mut model, loss) = (model.into_model(), SparseCategoricalCrossentropy::new());
    let (mut optimizer, mut gradients) = (Adam::new(0.01), Gradients::zeros(&model));
    allocates_nothing("a loop of one's own", |rows| {
        let (x, labels) = (x.slice(s![..rows, ..]), labels.slice(s![..rows]));
        model.gradients_into(MlpInputs { x: &x }, &MlpTargets { output: &labels }, &loss, &mut gradients).unwrap();
        optimizer.apply(&mut model, &gradients);
    });
}

/// Predicts into arrays that exist, of each number of rows.
fn predictions_allocate_nothing<M: Model>(model: &M, predict: impl Fn(usize, &mut dyn FnMut(M::Inputs<'_>))) {
    let mut outputs = Vec::new();
    for rows in ROWS {
        predict(rows, &mut |inputs| outputs.push((rows, model.predict(inputs).unwrap())));
    }
    allocates_nothing("prediction", |rows| {
        let (_, outputs) = outputs.iter_mut().find(|(count, _)| *count == rows).unwrap();
        predict(rows, &mut |inputs| model.predict_into(inputs, outputs).unwrap());
    });
}

fn metrics_and_weights_of_samples() {
    let x: Array2<f32> = numbers(1, (48, 20));
    let labels = ids(2, 48, 4);
    let mut model = Mlp::new(1)
        .compile(AdamW::new(0.01), SparseCategoricalCrossentropy::new())
        .metrics((Accuracy::new(), SparseTopKCategoricalAccuracy::new(2)));
    allocates_nothing("training", |rows| {
        let (x, labels) = (x.slice(s![..rows, ..]), labels.slice(s![..rows]));
        model.train_on_batch(MlpInputs { x: &x }, MlpTargets { output: &labels }).unwrap();
    });
    allocates_nothing("evaluation", |rows| {
        let (x, labels) = (x.slice(s![..rows, ..]), labels.slice(s![..rows]));
        model.test_on_batch(MlpInputs { x: &x }, MlpTargets { output: &labels }).unwrap();
    });
}

model!(
    fn Cnn(image: Input<16, 16, 3>) -> Output<4> {
        let h = Conv2D(8, 3, activation = relu)(image);
        let h = MaxPooling2D(2)(h);
        let h = Conv2D(8, 3, padding = same, strides = 2)(h);
        let h = AveragePooling2D(2)(BatchNormalization()(h));
        Dense(4)(Flatten()(h))
    }
);

fn convolutions() {
    let image: Array4<f32> = numbers(1, (48, 16, 16, 3));
    let y: Array2<f32> = numbers(2, (48, 4));
    let mut model = Cnn::new(1).compile(SGD::new(0.01).momentum(0.9), MeanSquaredError::new());
    allocates_nothing("training", |rows| {
        let (image, y) = (image.slice(s![..rows, .., .., ..]), y.slice(s![..rows, ..]));
        model.train_on_batch(CnnInputs { image: &image }, CnnTargets { output: &y }).unwrap();
    });
    predictions_allocate_nothing(&*model, |rows, run| {
        run(CnnInputs { image: &image.slice(s![..rows, .., .., ..]) });
    });
}

model!(
    fn Tower(x: Input<6>) -> Output<6> {
        Dense(6, activation = tanh)(x) + x
    }
);

model!(
    fn Pair(a: Input<6>, b: Input<6>) -> Outputs<class = Output<3>, score = Output<1>> {
        let tower = Tower();
        let h = Concatenate()(tower(a), tower(b), a * b);
        Outputs { class: Dense(3, activation = softmax)(h), score: Dense(1, activation = sigmoid)(h) }
    }
);

fn two_inputs_two_outputs_and_a_nested_model() {
    let (a, b): (Array2<f32>, Array2<f32>) = (numbers(1, (48, 6)), numbers(2, (48, 6)));
    // Not row after row in memory: it is copied.
    let b = b.t().as_standard_layout().into_owned().reversed_axes();
    let class = ids(3, 48, 3).mapv(|id| id as i64);
    let score = numbers(4, (48, 1)).mapv_into(f32::abs);
    let losses =
        PairLosses { class: SparseCategoricalCrossentropy::new(), score: BinaryCrossentropy::new().weight(0.5) };
    let metrics = PairMetrics { class: Accuracy::new(), score: () };
    let mut model = Pair::new(1).compile(RMSprop::new(0.01), losses).metrics(metrics);
    allocates_nothing("training", |rows| {
        let inputs = PairInputs { a: &a.slice(s![..rows, ..]), b: &b.slice(s![..rows, ..]) };
        let targets = PairTargets { class: &class.slice(s![..rows]), score: &score.slice(s![..rows, ..]) };
        model.train_on_batch(inputs, targets).unwrap();
    });
    predictions_allocate_nothing(&*model, |rows, run| {
        run(PairInputs { a: &a.slice(s![..rows, ..]), b: &b.slice(s![..rows, ..]) });
    });
}

model!(
    fn Words(words: Input<time>, tags: Input<time, 3>) -> Output<2> {
        let h = Concatenate()(Embedding(50, 8)(words), tags);
        let h = LayerNormalization()(h);
        Dense(2)(LSTM(8)(h))
    }
);

fn embeddings_and_sequences() {
    let words = ids(1, 48 * 9, 50).into_shape_with_order((48, 9)).unwrap();
    let tags: Array3<f32> = numbers(2, (48, 9, 3));
    let y: Array2<f32> = numbers(3, (48, 2));
    let mut model = Words::new(1).compile(Adam::new(0.01), MeanSquaredError::new());
    // The fewer the rows, the shorter the sequences.
    let length = |rows: usize| 9 - usize::from(rows < 40) * 4;
    allocates_nothing("training", |rows| {
        let time = length(rows);
        let inputs = WordsInputs { words: &words.slice(s![..rows, ..time]), tags: &tags.slice(s![..rows, ..time, ..]) };
        model.train_on_batch(inputs, WordsTargets { output: &y.slice(s![..rows, ..]) }).unwrap();
    });
    predictions_allocate_nothing(&*model, |rows, run| {
        let time = length(rows);
        run(WordsInputs { words: &words.slice(s![..rows, ..time]), tags: &tags.slice(s![..rows, ..time, ..]) });
    });
}

model!(
    fn Numbers(x: Input<20>) -> Output<4> {
        Dense(4)(x)
    }
);

model!(
    fn Answers(x: Input<20>) -> Output<4> {
        Dense(4, activation = sigmoid)(x)
    }
);

model!(
    fn Direction(x: Input<20>) -> Output<4> {
        UnitNormalization()(Dense(4)(x))
    }
);

model!(
    fn Steps(x: Input<20>) -> Output<5, 4> {
        Reshape((5, 4))(x)
    }
);

/// Training steps of a model by each of these losses.
macro_rules! losses {
    ($model:ident, $inputs:ident, $targets:ident, $y:expr, [$($loss:expr),* $(,)?]) => { $(
        let x: Array2<f32> = numbers(1, (48, 20));
        let mut model = $model::new(1).compile(SGD::new(0.001), $loss);
        allocates_nothing(stringify!($loss), |rows| {
            let (x, y) = (x.slice(s![..rows, ..]), $y.slice_axis(Axis(0), (..rows).into()));
            model.train_on_batch($inputs { x: &x }, $targets { output: &y }).unwrap();
        });
    )* };
}

fn every_loss() {
    let one_hot = Array2::from_shape_fn((48, 4), |(row, column)| f32::from(u8::from(row * 7 % 4 == column)));
    let steps = Array3::from_shape_fn((48, 5, 4), |(row, step, column)| one_hot[[(row + step) % 48, column]]);
    let classes = ids(2, 48, 4);
    let labels = ids(3, 48 * 2, 3).mapv_into(|id| id + 1).into_shape_with_order((48, 2)).unwrap();
    losses!(
        Numbers,
        NumbersInputs,
        NumbersTargets,
        one_hot,
        [
            MeanSquaredError::new(),
            MeanAbsoluteError::new(),
            MeanAbsolutePercentageError::new(),
            Huber::new(),
            LogCosh::new(),
            CosineSimilarity::new(),
            CosineSimilarity::new().axis(0),
            Hinge::new(),
            SquaredHinge::new(),
            CategoricalHinge::new(),
            BinaryCrossentropy::from_logits(),
            BinaryFocalCrossentropy::from_logits(),
            CategoricalCrossentropy::from_logits(),
            CategoricalFocalCrossentropy::from_logits(),
        ]
    );
    losses!(
        Answers,
        AnswersInputs,
        AnswersTargets,
        one_hot,
        [
            MeanSquaredLogarithmicError::new(),
            Poisson::new(),
            KLDivergence::new(),
            BinaryCrossentropy::new(),
            BinaryFocalCrossentropy::new().alpha(0.3),
            Dice::new(),
            Tversky::new().axis(0),
        ]
    );
    losses!(Mlp, MlpInputs, MlpTargets, one_hot, [CategoricalCrossentropy::new(), CategoricalFocalCrossentropy::new()]);
    losses!(
        Mlp,
        MlpInputs,
        MlpTargets,
        classes,
        [SparseCategoricalCrossentropy::new().ignore_class(1), CategoricalGeneralizedCrossEntropy::new(),]
    );
    losses!(Direction, DirectionInputs, DirectionTargets, classes, [Circle::new()]);
    losses!(Steps, StepsInputs, StepsTargets, labels, [CTC::new()]);
    losses!(
        Steps,
        StepsInputs,
        StepsTargets,
        steps,
        [
            BinaryCrossentropy::from_logits().axis(1),
            CategoricalCrossentropy::from_logits().axis(1).label_smoothing(0.1),
            CosineSimilarity::new().axis(1),
        ]
    );
}

fn every_optimizer() {
    let (x, y): (Array2<f32>, Array2<f32>) = (numbers(1, (48, 20)), numbers(2, (48, 4)));
    macro_rules! steps {
        ($($optimizer:expr),* $(,)?) => { $(
            let mut model = Numbers::new(1).compile($optimizer, MeanSquaredError::new());
            allocates_nothing(stringify!($optimizer), |rows| {
                let (x, y) = (x.slice(s![..rows, ..]), y.slice(s![..rows, ..]));
                model.train_on_batch(NumbersInputs { x: &x }, NumbersTargets { output: &y }).unwrap();
            });
        )* };
    }
    steps!(
        SGD::new(0.01).momentum(0.9).clipnorm(1.0),
        RMSprop::new(0.01).centered(true).use_ema(0.9).ema_overwrite_frequency(2),
        Adam::new(0.01).amsgrad(true).global_clipnorm(1.0),
        AdamW::new(ExponentialDecay::new(0.01, 10, 0.9)).gradient_accumulation_steps(2),
        Adagrad::new(0.01).clipvalue(0.1),
        Adadelta::new(0.01),
        Adamax::new(0.01),
        Nadam::new(0.01).layer_rate("dense", 0.5),
        Lion::new(0.01).loss_scale_factor(8.0),
        Ftrl::new(0.01),
        Lamb::new(0.01),
        Adafactor::new(0.01),
        Muon::new(0.01),
        ScheduleFreeAdamW::new(0.01),
        LossScaleOptimizer::new(Adam::new(0.01)),
        MultiOptimizer::new(Adam::new(0.01)).layer("dense/bias", SGD::new(0.01)),
    );
}

/// What metrics make of what they took in may need room: that is once an epoch.
fn every_metric() {
    let y = numbers(1, (48, 4)).mapv_into(f32::abs);
    let yes = Array2::from_shape_fn((48, 4), |(row, column)| f32::from(u8::from(row * 7 % 4 == column)));
    let classes = ids(2, 48, 4);
    let shape = ShapeValue::new(&[4]);
    let update = |metric: &mut dyn Metric<f32>| {
        let (y, yes, classes) = (y.as_slice().unwrap(), yes.as_slice().unwrap(), classes.as_slice().unwrap());
        allocates_nothing(metric.name(), |rows| {
            let target = match metric.takes() {
                Takes::ClassIds => View::ids(&classes[..rows], rows, ShapeValue::new(&[])),
                _ => View::numbers(&yes[..rows * 4], rows, shape),
            };
            let output = View::numbers(&y[..rows * 4], rows, shape);
            metric.update(Comparison { output, target, sample_weights: None, mask: None, gradient: None });
        });
    };
    let metrics: [&mut dyn Metric<f32>; 34] = [
        &mut Accuracy::new(),
        &mut BinaryAccuracy::new(),
        &mut CategoricalAccuracy::new(),
        &mut SparseCategoricalAccuracy::new(),
        &mut TopKCategoricalAccuracy::new(2),
        &mut SparseTopKCategoricalAccuracy::new(2),
        &mut AUC::new(),
        &mut AUC::new().multi_label(true),
        &mut Precision::new(),
        &mut Recall::new().top_k(2),
        &mut TruePositives::new(),
        &mut TrueNegatives::new(),
        &mut FalsePositives::new(),
        &mut FalseNegatives::new(),
        &mut PrecisionAtRecall::new(0.5),
        &mut RecallAtPrecision::new(0.5),
        &mut SensitivityAtSpecificity::new(0.5),
        &mut SpecificityAtSensitivity::new(0.5),
        &mut F1Score::new(),
        &mut FBetaScore::new().threshold(0.3),
        &mut BinaryIoU::new(),
        &mut IoU::new(4, vec![1]),
        &mut MeanIoU::new(4),
        &mut OneHotIoU::new(4, vec![1]),
        &mut OneHotMeanIoU::new(4),
        &mut ConfusionMatrix::new(4),
        &mut MAE::new(),
        &mut MSE::new(),
        &mut RMSE::new(),
        &mut R2Score::new(),
        &mut Cosine::new(),
        &mut PearsonCorrelation::new(),
        &mut ConcordanceCorrelation::new(),
        &mut LossMetric::new(Poisson::new()),
    ];
    metrics.into_iter().for_each(update);
}

fn a_second_epoch_of_fit_costs_no_more_than_its_report() {
    let x: Array2<f32> = numbers(1, (480, 20));
    let labels: Array1<u32> = ids(2, 480, 4);
    let mut model = Mlp::new(1).compile(Adam::new(0.01), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let mut epochs = |size: usize, epochs: usize| {
        let data = Dataset::from_arrays(MlpInputs { x: &x }, MlpTargets { output: &labels }).unwrap();
        let data = data.shuffle(480, 1).batch(size);
        let mut fit = || allocations(|| drop(model.fit(&data, Fit::epochs(epochs)).unwrap()));
        (0..WARMING).map(|_| fit()).min()
    };
    assert_eq!(epochs(48, 3), epochs(5, 3), "a batch allocates");
}

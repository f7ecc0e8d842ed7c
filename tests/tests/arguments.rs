//! Settings that make no sense are refused before the first step, by an error that names the setting and its range.

use formwork::prelude::*;
use formwork::train::Losses;
use formwork_tests::{ids, numbers};
use ndarray::{Array1, Array2};

model!(
    fn Net(x: Input<4>) -> Output<3> {
        Dense(3, activation = sigmoid)(x)
    }
);

model!(
    fn Classes(x: Input<4>) -> Output<3> {
        Dense(3, activation = softmax)(x)
    }
);

fn data() -> (Array2<f32>, Array2<f32>) {
    let x: Array2<f32> = numbers(1, (4, 4));
    (x, Array2::from_elem((4, 3), 1.0))
}

fn of_optimizer(optimizer: impl Optimizer<f32>) -> String {
    let (x, y) = data();
    let mut model = Net::new(1).compile(optimizer, MeanSquaredError::new());
    let before = model.dense.kernel().to_owned();
    let error = model.fit_arrays(NetInputs { x: &x }, NetTargets { output: &y }, Fit::epochs(1)).unwrap_err();
    let again = model.train_on_batch(NetInputs { x: &x }, NetTargets { output: &y }).unwrap_err();
    assert_eq!(error.to_string(), again.to_string());
    assert_eq!(model.dense.kernel(), before);
    error.to_string()
}

macro_rules! refused {
    ($of:ident: $($made:expr => $text:literal,)*) => { $(
        let error = $of($made);
        assert!(error.contains($text), "{}: {error}", stringify!($made));
    )* };
}

#[test]
fn optimizers() {
    refused! { of_optimizer:
        SGD::new(-0.1) => "learning rate is -0.1: give a number of at least 0",
        SGD::new(f64::NAN) => "learning rate is NaN",
        SGD::new(0.1).momentum(1.5) => "the optimizer has momentum = 1.5: give a number from 0 to 1",
        RMSprop::new(0.1).rho(-0.1) => "has rho = -0.1: give a number from 0 to 1",
        RMSprop::new(0.1).epsilon(-1.0) => "has epsilon = -1: give a number of at least 0",
        Adam::new(0.1).beta_1(1.0) => "has beta_1 = 1: give a number from 0 to below 1, such as 0.9",
        AdamW::new(0.1).beta_2(f64::NAN) => "has beta_2 = NaN",
        Adamax::new(0.1).beta_2(2.0) => "has beta_2 = 2",
        Nadam::new(0.1).beta_1(-0.5) => "has beta_1 = -0.5",
        Lion::new(0.1).beta_1(1.0) => "has beta_1 = 1",
        Lamb::new(0.1).beta_1(1.0) => "has beta_1 = 1",
        Adafactor::new(0.1).clip_threshold(0.0) => "has clip_threshold = 0",
        Adafactor::new(0.1).beta_2_decay(0.5) => "has beta_2_decay = 0.5",
        Adagrad::new(0.1).initial_accumulator_value(-0.1) => "has initial_accumulator_value = -0.1",
        Adadelta::new(0.1).rho(1.1) => "has rho = 1.1",
        Ftrl::new(0.1).learning_rate_power(0.5) => "has learning_rate_power = 0.5",
        Ftrl::new(0.1).l1_regularization_strength(-1.0) => "has l1_regularization_strength = -1",
        SGD::new(0.1).weight_decay(-1.0) => "weight_decay is -1",
        SGD::new(0.1).clipnorm(0.0) => "norm to clip at is 0",
        SGD::new(0.1).clipvalue(-1.0) => "clipvalue is -1",
        SGD::new(0.1).clipvalue(1.0).clipnorm(1.0) => "more than one of clipnorm, global_clipnorm and clipvalue",
        SGD::new(0.1).use_ema(1.5) => "ema_momentum is 1.5",
        SGD::new(0.1).use_ema(0.9).ema_overwrite_frequency(0) => "ema_overwrite_frequency = 0: give at least 1",
        SGD::new(0.1).gradient_accumulation_steps(0) => "gradient_accumulation_steps = 0: give at least 1",
        SGD::new(0.1).layer_rate("danse", 0.1) => "the layers with weights are dense",
    }
}

#[test]
fn schedules() {
    fn of_schedule(schedule: impl formwork::train::Schedule + 'static) -> String {
        of_optimizer(SGD::new(schedule))
    }
    refused! { of_schedule:
        ExponentialDecay::new(-0.1, 10, 0.9) => "the schedule ExponentialDecay has initial_learning_rate = -0.1",
        ExponentialDecay::new(0.1, 0, 0.9) => "has decay_steps = 0: give a number of at least 1",
        InverseTimeDecay::new(0.1, 10, -0.5) => "has decay_rate = -0.5",
        PiecewiseConstantDecay::new([], 0.1) => "PiecewiseConstantDecay has no boundaries",
        PiecewiseConstantDecay::new([(10, 0.1), (10, 0.05)], 0.01) => "has the boundary 10 after 10",
        PiecewiseConstantDecay::new([(10, -0.1)], 0.01) => "has a rate = -0.1",
        PolynomialDecay::new(0.1, 10).power(-1.0) => "has power = -1",
        PolynomialDecay::new(0.1, 10).end(-1.0) => "has end = -1",
        CosineDecay::new(0.1, 10).alpha(1.5) => "has alpha = 1.5: give a number from 0 to 1",
        CosineDecay::new(0.1, 10).warmup(-1.0, 5) => "has a warm-up target = -1",
        CosineDecayRestarts::new(0.1, 0) => "has first_decay_steps = 0",
        CosineDecayRestarts::new(0.1, 10).t_mul(0.5) => "has t_mul = 0.5: give a number of at least 1",
    }
}

#[test]
fn losses() {
    fn of_binary<L: Loss<f32> + Losses<f32> + formwork::train::Fits<SigmoidOutput>>(loss: L) -> String
    where
        for<'a> NetTargets<&'a Array2<f32>>: formwork::train::TargetsFor<L>,
        Net: formwork::train::Measured<L>,
    {
        let (x, y) = data();
        let mut model = Net::new(1).compile(SGD::new(0.1), loss);
        model.evaluate_arrays(NetInputs { x: &x }, NetTargets { output: &y }).unwrap_err().to_string()
    }
    type SigmoidOutput = formwork::train::Output<3, formwork::train::sigmoid, formwork::train::Vector>;
    refused! { of_binary:
        BinaryCrossentropy::new().label_smoothing(1.5) => "the loss binary_crossentropy has label_smoothing = 1.5: give a number from 0 to 1",
        BinaryCrossentropy::new().axis(3) => "has no axis 3: give one from -2 to 1",
        BinaryFocalCrossentropy::new().gamma(-1.0) => "has gamma = -1: give a number of at least 0",
        BinaryFocalCrossentropy::new().alpha(1.5) => "has alpha = 1.5",
        Huber::new().delta(-1.0) => "the loss huber has delta = -1",
        MeanSquaredError::new().weight(-1.0) => "has weight = -1",
        Tversky::new().alpha(-1.0) => "has alpha = -1",
        Dice::new().axis([1, 1]) => "is given axis 1 twice",
    }

    fn of_classes<L>(loss: L) -> String
    where
        L: Loss<f32> + Losses<f32> + formwork::train::Fits<SoftmaxOutput>,
        for<'a> ClassesTargets<&'a Array2<f32>>: formwork::train::TargetsFor<L>,
        Classes: formwork::train::Measured<L>,
    {
        let (x, y) = data();
        let mut model = Classes::new(1).compile(SGD::new(0.1), loss);
        model.evaluate_arrays(ClassesInputs { x: &x }, ClassesTargets { output: &y }).unwrap_err().to_string()
    }
    type SoftmaxOutput = formwork::train::Output<3, formwork::train::softmax, formwork::train::Vector>;
    refused! { of_classes:
        CategoricalCrossentropy::new().label_smoothing(-0.1) => "has label_smoothing = -0.1",
        CategoricalFocalCrossentropy::new().gamma(f64::NAN) => "has gamma = NaN",
        CategoricalFocalCrossentropy::new().alpha([0.5, 0.5]) => "has 2 alphas for 3 classes",
    }

    fn of_ids<L>(loss: L) -> String
    where
        L: Loss<f32> + Losses<f32> + formwork::train::Fits<SoftmaxOutput>,
        for<'a> ClassesTargets<&'a Array1<u32>>: formwork::train::TargetsFor<L>,
        Classes: formwork::train::Measured<L>,
    {
        let (x, y) = (data().0, ids(1, 4, 3));
        let mut model = Classes::new(1).compile(SGD::new(0.1), loss);
        model.evaluate_arrays(ClassesInputs { x: &x }, ClassesTargets { output: &y }).unwrap_err().to_string()
    }
    refused! { of_ids:
        SparseCategoricalCrossentropy::new().ignore_class(i64::MIN) => "give a class id, such as -1 or 255",
        CategoricalGeneralizedCrossEntropy::new().q(1.0) => "has q = 1: give a number above 0 and below 1",
        Circle::new().margin(2.0) => "has margin = 2",
    }
}

#[test]
fn metrics() {
    fn of_metric<A: formwork::train::Metrics<f32>>(metric: A) -> String
    where
        Net: formwork::train::Measured<A>,
        for<'a> NetTargets<&'a Array2<f32>>: formwork::train::TargetsFor<A>,
    {
        let (x, y) = data();
        let mut model = Net::new(1).compile(SGD::new(0.1), MeanSquaredError::new()).metrics(metric);
        let error = model.fit_arrays(NetInputs { x: &x }, NetTargets { output: &y }, Fit::epochs(1)).unwrap_err();
        let again = model.test_on_batch(NetInputs { x: &x }, NetTargets { output: &y }).unwrap_err();
        assert_eq!(error.to_string(), again.to_string());
        error.to_string()
    }
    refused! { of_metric:
        Precision::new().threshold(1.5) => "the metric precision has a threshold = 1.5: give a number from 0 to 1",
        Precision::new().thresholds([]) => "has no threshold",
        Recall::new().top_k(0) => "has top_k = 0: give a number of at least 1",
        Recall::new().class_id(3) => "has class_id = 3, but the output has 3 numbers a row: give one from 0 to 2",
        TruePositives::new().thresholds([0.5, -0.1]) => "has a threshold = -0.1",
        AUC::new().num_thresholds(1) => "has fewer than 2 thresholds",
        AUC::new().thresholds([2.0]) => "has a threshold = 2",
        AUC::new().label_weights([1.0]) => "has 1 label_weights for 3 labels",
        RecallAtPrecision::new(1.5) => "the metric recall_at_precision has precision = 1.5",
        SensitivityAtSpecificity::new(0.5).num_thresholds(0) => "has num_thresholds = 0",
        F1Score::new().threshold(-0.5) => "has threshold = -0.5",
        FBetaScore::new().beta(0.0) => "has beta = 0: give a number above 0",
        OneHotIoU::new(3, [3]) => "has the target class 3, but only 3 classes",
        OneHotMeanIoU::new(2) => "is for 2 classes, but the output has 3 numbers a row: give 3",
        BinaryIoU::new().target_class_ids([2]) => "has the target class 2: give 0 for no, 1 for yes, or both",
        TopKCategoricalAccuracy::new(0) => "has k = 0",
        Cosine::new().axis(0) => "has axis = 0, which is the batch",
        PearsonCorrelation::new().axis(5) => "has no axis 5",
        Weighted(F1Score::new().threshold(2.0)) => "has threshold = 2",
        LossMetric::new(Huber::new().delta(-1.0)) => "the metric huber has delta = -1",
    }
}

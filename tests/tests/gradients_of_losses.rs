//! The gradients that training uses, from the loss on: several outputs, weights of losses and of samples, random batches.

use formwork::prelude::*;
use formwork_tests::{Samples, ids, numbers, slopes_agree};
use ndarray::Array2;
use proptest::prelude::{ProptestConfig, any, proptest};

model!(
    fn Heads(x: Input<3>) -> Outputs<class = Output<3>, score = Output<1>, code = Output<4>> {
        let code = Dense(4, activation = tanh)(x);
        let class = Dense(3, activation = softmax)(code);
        Outputs { class, score: Dense(1, activation = sigmoid)(code * code), code }
    }
);

#[test]
fn losses_of_several_outputs_count_by_their_weights() -> Result<()> {
    let x: Array2<f64> = numbers(1, (5, 3));
    let class = ids(2, 5, 3);
    let score = numbers(3, (5, 1)).mapv_into(f64::abs);
    let code: Array2<f64> = numbers(4, (5, 4));
    let loss_of = |model: &mut Heads<f64>, [a, b, c]: [f64; 3]| {
        let losses = HeadsLosses {
            class: SparseCategoricalCrossentropy::new().weight(a),
            score: BinaryCrossentropy::new().weight(b),
            code: MeanSquaredError::new().weight(c),
        };
        model.gradients(HeadsInputs { x: &x }, &HeadsTargets { class: &class, score: &score, code: &code }, &losses)
    };
    let model = Heads::<f64>::seeded(1);
    let weights = [0.5, 2.0, 0.25];
    let (loss, gradients) = loss_of(&mut model.clone(), weights)?;

    let mut sum = 0.0;
    let mut total = Heads::<f64>::seeded(1);
    let mut summed = loss_of(&mut total, [0.0; 3])?.1;
    summed.as_mut_slice().fill(0.0);
    for (k, weight) in weights.into_iter().enumerate() {
        let mut single = [0.0; 3];
        single[k] = 1.0;
        let (value, gradient) = loss_of(&mut model.clone(), single)?;
        sum += weight * value;
        for (sum, gradient) in summed.as_mut_slice().iter_mut().zip(gradient.as_slice()) {
            *sum += weight * gradient;
        }
    }
    assert!((loss - sum).abs() < 1e-12, "{loss} is not {sum}");
    for (a, b) in gradients.as_slice().iter().zip(summed.as_slice()) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    for path in ["code/kernel", "class/bias", "score/kernel"] {
        let moved = |step: f64| -> Result<f64> {
            let mut model = model.clone();
            model.visit_mut("", &mut |name, variable| {
                if name == path {
                    variable.data_mut()[0] += step;
                }
            });
            Ok(loss_of(&mut model, weights)?.0)
        };
        let slope = (moved(1e-5)? - moved(-1e-5)?) / 2e-5;
        let got = gradients.get(path).and_then(|gradient| gradient.first().copied()).expect("the model has it");
        assert!((got - slope).abs() < 1e-7, "{path}: {got}, but the slope is {slope}");
    }
    Ok(())
}

model!(
    fn Sequences(x: Input<time, 2>, y: Input<time, 2>, scale: Input<2>) -> Output<2> {
        let norm = LayerNormalization();
        let (a, b) = (norm(x * scale), norm(y));
        let cell = SimpleRNN(2, return_sequences = true);
        GlobalAveragePooling1D()(cell(a) * b + cell(a + b))
    }
);

model!(
    fn Words(words: Input<_>) -> Output<3> {
        let h = Embedding(9, 4)(words);
        let h = Concatenate()(h, tanh(h));
        Dense(3)(LSTM(2)(h))
    }
);

model!(
    fn Images(x: Input<_, _, 2>) -> Output<3> {
        let h = Conv2D(3, 2, activation = tanh, padding = same)(x);
        let h = BatchNormalization()(h) + Conv2D(3, 1)(x);
        GlobalAveragePooling2D()(Conv2D(3, 2, padding = same)(h))
    }
);

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_samples_and_steps(rows in 1..6usize, length in 1..6usize, seed in any::<u64>()) {
        slopes_agree(&Sequences::<f64>::seeded(seed), &Samples::random::<Sequences<f64>>(rows, length, seed));
        slopes_agree(&Words::<f64>::seeded(seed), &Samples::random::<Words<f64>>(rows, length, seed));
    }

    #[test]
    fn any_number_and_size_of_images(rows in 1..4usize, length in 2..5usize, seed in any::<u64>()) {
        slopes_agree(&Images::<f64>::seeded(seed), &Samples::random::<Images<f64>>(rows, length, seed));
    }
}

model!(
    fn Curve(x: Input<2>) -> Output<3> {
        Dense(3)(Dense(4, activation = tanh)(x))
    }
);

#[test]
fn formulas_of_ones_own_are_the_losses_and_metrics_of_the_same_formulas() -> Result<()> {
    let (x, y): (Array2<f64>, Array2<f64>) = (numbers(1, (7, 2)), numbers(2, (7, 3)));
    let square = |reduction| {
        let own = LossFunction::new("square", |y, t| ((y - t) * (y - t), 2.0 * (y - t)));
        (own.reduction(reduction).weight(0.5), MeanSquaredError::new().reduction(reduction).weight(0.5))
    };
    for reduction in [Reduction::SumOverBatchSize, Reduction::Sum] {
        let (own, built_in) = square(reduction);
        let gradients = Curve::<f64>::seeded(1).gradients(CurveInputs { x: &x }, &CurveTargets { output: &y }, &own)?;
        let expected =
            Curve::<f64>::seeded(1).gradients(CurveInputs { x: &x }, &CurveTargets { output: &y }, &built_in)?;
        assert!((gradients.0 - expected.0).abs() < 1e-12);
        for (a, b) in gradients.1.as_slice().iter().zip(expected.1.as_slice()) {
            assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        }
    }

    let (own, _) = square(Reduction::SumOverBatchSize);
    let far = MetricFunction::new("far", |y, t| (y - t).abs());
    let mut model = Curve::<f64>::seeded(1).compile(SGD::default(), own).metrics((MAE::new(), far));
    let fit = Fit::epochs(2).batch_size(3).sample_weight(ndarray::arr1(&[1.0, 0.0, 2.0, 1.0, 1.0, 0.5, 1.0]));
    let history = model.fit_arrays(CurveInputs { x: &x }, CurveTargets { output: &y }, fit)?;
    assert_eq!(history.metric("far").len(), 2);
    assert_eq!(history.metric("far"), history.metric("mean_absolute_error"));
    assert_eq!(Optimizer::<f64>::learning_rate(model.optimizer()), 0.01);
    Ok(())
}

//! Samples, their steps and their outputs count as much as their weights say, on every way to train and to evaluate.

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::{Array1, Array2, Array3, Axis};

const ROWS: usize = 6;

model!(
    fn Pair(x: Input<3, 4>) -> Outputs<steps = Output<3, 2>, score = Output<1>> {
        let h = GRU(5, return_sequences = true)(x);
        Outputs { steps: TimeDistributed(Dense(2))(h), score: Dense(1)(h[(-1, ..)]) }
    }
);

struct Data {
    x: Array3<f32>,
    steps: Array3<f32>,
    score: Array2<f32>,
    by_step: Array2<f32>,
    by_sample: Array1<f32>,
}

impl Data {
    fn new() -> Self {
        Data {
            x: numbers(1, (ROWS, 3, 4)),
            steps: numbers(2, (ROWS, 3, 2)),
            score: numbers(3, (ROWS, 1)),
            by_step: numbers(4, (ROWS, 3)).mapv_into(f32::abs),
            by_sample: numbers(5, ROWS).mapv_into(f32::abs),
        }
    }

    fn inputs(&self) -> PairInputs<'_> {
        PairInputs { x: &self.x }
    }

    fn targets(&self) -> PairTargets<&Array3<f32>, &Array2<f32>> {
        PairTargets { steps: &self.steps, score: &self.score }
    }

    fn weights(&self) -> SampleWeights {
        SampleWeights::of("steps", &self.by_step).and("score", &self.by_sample)
    }

    /// The sum of what both outputs lose: `mean(weight mean((y - t)²))`.
    fn loss(&self, model: &Pair) -> Result<f64> {
        let outputs = model.predict(self.inputs())?;
        let squares = |y: Array3<f32>, t: &Array3<f32>| (y - t).mapv_into(|d| d * d);
        let steps = squares(outputs.steps, &self.steps).mean_axis(Axis(2)).expect("there are two") * &self.by_step;
        let score = (outputs.score - &self.score).mapv_into(|d| d * d).remove_axis(Axis(1)) * &self.by_sample;
        Ok(f64::from(steps.mean().expect("some") + score.mean().expect("some")))
    }
}

fn compiled() -> Compiled<Pair, SGD, PairLosses<MeanSquaredError, MeanSquaredError>> {
    let losses = PairLosses { steps: MeanSquaredError::new(), score: MeanSquaredError::new() };
    Pair::new(1).compile(SGD::new(0.1), losses)
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-5, "{a} is not {b}");
}

#[test]
fn weights_of_outputs_and_steps_count() -> Result<()> {
    let data = Data::new();
    let loss = data.loss(&compiled())?;
    let set = || Dataset::from_arrays(data.inputs(), data.targets())?.sample_weights(data.weights());
    close(compiled().evaluate(&set()?.batch(ROWS))?.loss, loss);
    close(compiled().test_on_weighted_batch(data.inputs(), data.targets(), data.weights())?.loss, loss);

    let mut by_batch = compiled();
    close(by_batch.train_on_weighted_batch(data.inputs(), data.targets(), data.weights())?.loss, loss);
    let mut by_fit = compiled();
    let fit = Fit::epochs(1).batch_size(ROWS).shuffle(false).sample_weight(data.weights());
    let history = by_fit.fit_arrays(data.inputs(), data.targets(), fit)?;
    close(history.metric("loss")[0], loss);
    assert_eq!(by_batch.predict(data.inputs())?.steps, by_fit.predict(data.inputs())?.steps);
    // Mixed and cut into batches, each row keeps its weight: a loss over two batches is the mean of theirs.
    let mixed = compiled().evaluate(&set()?.shuffle(ROWS, 3).batch(ROWS / 2))?.loss;
    close(mixed, loss);
    Ok(())
}

#[test]
fn a_step_that_counts_nothing_teaches_nothing() -> Result<()> {
    let mut data = Data::new();
    data.by_step.column_mut(1).fill(0.0);
    let train = |data: &Data| -> Result<Array3<f32>> {
        let mut model = compiled();
        model.train_on_weighted_batch(data.inputs(), data.targets(), data.weights())?;
        Ok(model.predict(data.inputs())?.steps)
    };
    let expected = train(&data)?;
    data.steps.index_axis_mut(Axis(1), 1).fill(100.0);
    assert_eq!(train(&data)?, expected);
    Ok(())
}

#[test]
fn weights_that_do_not_fit_are_named() -> Result<()> {
    let data = Data::new();
    let error = |weights: SampleWeights| {
        let error = compiled().train_on_weighted_batch(data.inputs(), data.targets(), weights).unwrap_err();
        error.to_string()
    };
    let two = Array2::<f32>::ones((ROWS, 2));
    let text = error(SampleWeights::of("steps", &two));
    assert!(
        text.contains("2 sample weights a sample for `steps`: give one a sample, or one for each of its 3 rows"),
        "{text}"
    );
    let text = error(SampleWeights::of("rating", &data.by_sample));
    assert!(text.contains("for `rating`, but the outputs are steps, score"), "{text}");
    let text = error((&[1.0_f32; 2]).into());
    assert!(text.contains("2 sample weights for 6 samples"), "{text}");
    // What single steps count has no place in a sample that goes through `map`.
    let mapped =
        Dataset::from_arrays(data.inputs(), data.targets())?.sample_weights(data.weights())?.map(|sample| sample);
    let text = compiled().evaluate(&mapped.batch(2)).unwrap_err().to_string();
    assert!(text.contains("do not go through map"), "{text}");
    Ok(())
}

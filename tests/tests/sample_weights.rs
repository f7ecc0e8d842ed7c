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
    let text = error(2.0.into());
    assert!(text.contains("one number for 6 samples"), "{text}");
    Ok(())
}

#[test]
fn weights_go_wherever_their_samples_go() -> Result<()> {
    let data = Data::new();
    let loss = data.loss(&compiled())?;
    let set = || Dataset::from_arrays(data.inputs(), data.targets())?.sample_weights(data.weights());
    let even = Dataset::from_iter(0..ROWS);
    for stream in [
        set()?.map(|sample| sample),
        set()?.filter(|_| true),
        set()?.zip(even).map(|(sample, _)| sample),
        set()?.map(|sample| sample).cache().shuffle(ROWS, 3),
    ] {
        close(compiled().evaluate(&stream.batch(ROWS))?.loss, loss);
    }
    let kept = |(x, _): &(PairSample, _)| x.x[[0, 0]] > 0.0;
    let filtered = compiled().evaluate(&set()?.filter(kept).batch(ROWS))?.loss;
    let rows: Vec<usize> = (0..ROWS).filter(|row| data.x[[*row, 0, 0]] > 0.0).collect();
    assert!(!rows.is_empty() && rows.len() < ROWS);
    let some = Data {
        x: data.x.select(Axis(0), &rows),
        steps: data.steps.select(Axis(0), &rows),
        score: data.score.select(Axis(0), &rows),
        by_step: data.by_step.select(Axis(0), &rows),
        by_sample: data.by_sample.select(Axis(0), &rows),
    };
    close(filtered, some.loss(&compiled())?);

    // A loop of one's own gets them, too.
    let mut by_batch = compiled();
    for batch in &set()?.map(|sample| sample).batch(ROWS) {
        let batch = batch?;
        let report = by_batch.train_on_weighted_batch(batch.inputs(), batch.targets(), batch.sample_weights())?;
        close(report.loss, loss);
    }
    Ok(())
}

/// A sample of a stream, with what it and its steps count.
fn streamed(data: &Data, row: usize) -> (PairSample, PairTarget<Array2<f32>, [f32; 1]>, SampleWeights) {
    let target = PairTarget { steps: data.steps.index_axis(Axis(0), row).to_owned(), score: [data.score[[row, 0]]] };
    let weights = SampleWeights::of("steps", data.by_step.row(row).to_vec()).and("score", data.by_sample[row]);
    (PairSample { x: data.x.index_axis(Axis(0), row).to_owned() }, target, weights)
}

#[test]
fn samples_of_a_stream_bring_weights_of_outputs_and_steps() -> Result<()> {
    let data = Data::new();
    let loss = data.loss(&compiled())?;
    let stream = Dataset::from_iter(0..ROWS).map(|row| streamed(&data, row));
    close(compiled().evaluate(&stream.clone().batch(ROWS))?.loss, loss);
    close(compiled().evaluate(&stream.padded(3).batch(ROWS))?.loss, loss);

    let error = |weights: fn(usize) -> SampleWeights| {
        let stream =
            Dataset::from_iter(0..ROWS).map(|row| (streamed(&data, row).0, streamed(&data, row).1, weights(row)));
        compiled().evaluate(&stream.batch(2)).unwrap_err().to_string()
    };
    let text = error(|_| SampleWeights::of("rating", 1.0));
    assert!(text.contains("for `rating`, but the outputs are steps, score"), "{text}");
    let text = error(|row| (row as f64 - 3.0).into());
    assert!(text.contains("the weight of sample 0 is -3: give a number of at least 0"), "{text}");
    let text = error(|row| SampleWeights::of("steps", vec![1.0; row + 1]));
    assert!(text.contains("sample 0 have shape [1], but those of sample 1 have [2]"), "{text}");
    let text = error(|_| SampleWeights::of("steps", [1.0; 2]).and("steps", [1.0; 3]));
    assert!(text.contains("sample 0 has weights of shapes [2] and [3]"), "{text}");
    let text = error(|_| SampleWeights::of("steps", [1.0; 2]));
    assert!(text.contains("one for each of its 3 rows"), "{text}");
    Ok(())
}

model!(
    fn Tagger(x: Input<time, 2>) -> Output<time, 3> {
        TimeDistributed(Dense(3, activation = softmax))(x)
    }
);

/// Sentences of 1 to 4 steps; each step counts what its tag says, and some sentences count as a whole.
fn sentence(row: usize) -> (TaggerSample, TaggerTarget<Vec<u8>>, SampleWeights) {
    let steps = row % 4 + 1;
    let x = numbers(row as u64, (steps, 2));
    let tags: Vec<u8> = (0..steps).map(|step| ((row + step) % 3) as u8).collect();
    let weights = match row {
        2 => 3.0.into(),
        _ => SampleWeights::from(tags.iter().map(|tag| f32::from(*tag) + 0.5).collect::<Vec<_>>()),
    };
    (TaggerSample { x }, TaggerTarget { output: tags }, weights)
}

#[test]
fn weights_of_steps_are_padded_as_the_steps_are() -> Result<()> {
    let sentences = || Dataset::from_iter(0..5).map(sentence);
    for (side, padded) in [("post", Padding::post()), ("pre", Padding::pre())] {
        // The same, padded by hand.
        let steps = 4;
        let (mut x, mut tags, mut weights) =
            (Array3::<f32>::zeros((5, steps, 2)), Array2::<u8>::zeros((5, steps)), Array2::<f64>::zeros((5, steps)));
        for row in 0..5 {
            let (sample, target, _) = sentence(row);
            let count = target.output.len();
            let from = if side == "pre" { steps - count } else { 0 };
            weights.row_mut(row).fill(if row == 2 { 3.0 } else { 0.0 });
            for step in 0..count {
                x.slice_mut(ndarray::s![row, from + step, ..]).assign(&sample.x.row(step));
                tags[[row, from + step]] = target.output[step];
                if row != 2 {
                    weights[[row, from + step]] = f64::from(target.output[step]) + 0.5;
                }
            }
        }
        let mut model = Tagger::new(1).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new());
        let arrays = Dataset::from_arrays(TaggerInputs { x: &x }, TaggerTargets { output: &tags })?;
        let expected = model.evaluate(&arrays.sample_weights(&weights)?.batch(5))?.loss;
        close(model.evaluate(&sentences().padded_batch_with(5, padded))?.loss, expected);
        close(model.evaluate(&sentences().padded(padded.maxlen(steps)).batch(5))?.loss, expected);
    }
    // What is cut off takes its weights with it.
    let mut model = Tagger::new(1).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new());
    let cut = sentences().map(|(x, y, w)| {
        let x = TaggerSample { x: x.x.slice(ndarray::s![..1, ..]).to_owned() };
        let first = match &w {
            _ if y.output.len() == 3 => 3.0.into(),
            _ => SampleWeights::from([f64::from(y.output[0]) + 0.5]),
        };
        (x, TaggerTarget { output: y.output[..1].to_vec() }, first)
    });
    let expected = model.evaluate(&cut.batch(5))?.loss;
    close(model.evaluate(&sentences().padded(1).batch(5))?.loss, expected);
    Ok(())
}

//! Tensors that share memory: results are what plain arrays give, whatever was computed before and at whatever size.

use formwork::prelude::*;
use formwork_tests::{ids, numbers};
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, Axis, concatenate};

fn dense(x: &Array2<f64>, kernel: ArrayView2<'_, f64>, bias: Option<ArrayView1<'_, f64>>) -> Array2<f64> {
    let y = x.dot(&kernel);
    match bias {
        Some(bias) => y + bias,
        None => y,
    }
}

fn relu(x: &Array2<f64>) -> Array2<f64> {
    x.mapv(|x| x.max(0.0))
}

fn flat(x: &Array3<f64>) -> Array2<f64> {
    let (rows, a, b) = x.dim();
    x.to_shape((rows, a * b)).expect("it has as many numbers").into_owned()
}

#[track_caller]
fn close(a: &Array2<f64>, b: &Array2<f64>) {
    assert_eq!(a.dim(), b.dim());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a}\nis not\n{b}");
}

/// Large and small batches in turn: what a large one leaves in memory must not show in a small one.
const ROWS: [usize; 9] = [33, 1, 7, 64, 2, 33, 1, 128, 5];

model!(
    fn Chain(x: Input<5>) -> Output<3> {
        let mut h = x;
        for width in [17, 2, 9, 31, 4] {
            h = Dense(width, activation = relu)(h);
        }
        Dense(3)(h)
    }
);

#[test]
fn a_chain_whose_tensors_take_turns() -> Result<()> {
    let model = Chain::<f64>::seeded(1);
    for rows in ROWS {
        let x = numbers(rows as u64, (rows, 5));
        let h = relu(&dense(&x, model.dense.kernel(), model.dense.bias()));
        let h = relu(&dense(&h, model.dense_1.kernel(), model.dense_1.bias()));
        let h = relu(&dense(&h, model.dense_2.kernel(), model.dense_2.bias()));
        let h = relu(&dense(&h, model.dense_3.kernel(), model.dense_3.bias()));
        let h = relu(&dense(&h, model.dense_4.kernel(), model.dense_4.bias()));
        let expected = dense(&h, model.dense_5.kernel(), model.dense_5.bias());
        close(&model.predict(ChainInputs { x: &x })?.output, &expected);
    }
    Ok(())
}

model!(
    fn LongSkips(x: Input<4>) -> Outputs<early = Output<4>, late = Output<4>> {
        let a = Dense(4)(x);
        let early = tanh(a);
        let b = Dense(4)(early);
        let c = Dense(4)(b + x);
        let d = Dense(4)(c * b);
        let late = d + a + early - x;
        Outputs { early, late }
    }
);

#[test]
fn tensors_that_are_needed_long_after() -> Result<()> {
    let model = LongSkips::<f64>::seeded(1);
    for rows in ROWS {
        let x = numbers(rows as u64, (rows, 4));
        let a = dense(&x, model.a.kernel(), model.a.bias());
        let early = a.mapv(f64::tanh);
        let b = dense(&early, model.b.kernel(), model.b.bias());
        let c = dense(&(&b + &x), model.c.kernel(), model.c.bias());
        let d = dense(&(&c * &b), model.d.kernel(), model.d.bias());
        let outputs = model.predict(LongSkipsInputs { x: &x })?;
        close(&outputs.early, &early);
        close(&outputs.late, &(d + &a + &early - &x));
    }
    Ok(())
}

model!(
    fn Reshaped(x: Input<2, 3>) -> Outputs<turned = Output<3, 2>, mixed = Output<6>> {
        let h = Rescaling(2.0)(x);
        let turned = Reshape((3, 2))(h);
        let flat = Flatten()(Dropout(0.5)(turned));
        let g = Dense(6, activation = relu)(flat);
        let g = Dense(6, activation = relu)(g);
        Outputs { turned, mixed: g * flat + Flatten()(x) }
    }
);

#[test]
fn tensors_that_share_their_numbers() -> Result<()> {
    let model = Reshaped::<f64>::seeded(1);
    for rows in ROWS {
        let x: Array3<f64> = numbers(rows as u64, (rows, 2, 3));
        let doubled = flat(&x) * 2.0;
        let g = relu(&dense(&doubled, model.dense.kernel(), model.dense.bias()));
        let g = relu(&dense(&g, model.dense_1.kernel(), model.dense_1.bias()));
        let outputs = model.predict(ReshapedInputs { x: &x })?;
        close(&flat(&outputs.turned), &doubled);
        close(&outputs.mixed, &(g * &doubled + flat(&x)));
    }
    Ok(())
}

model!(
    fn Words(words: Input<_>, facts: Input<3>) -> Output<2> {
        let h = GlobalAveragePooling1D()(Embedding(11, 4)(words));
        Dense(2)(Concatenate()(h, facts, h))
    }
);

#[test]
fn sequences_whose_length_changes() -> Result<()> {
    let model = Words::<f64>::seeded(1);
    for (k, rows) in ROWS.into_iter().enumerate() {
        let length = [9, 2, 5][k % 3];
        let words = ids(k as u64, rows * length, 11).into_shape_with_order((rows, length)).expect("as many ids");
        let facts: Array2<f64> = numbers(k as u64, (rows, 3));
        let table = model.embedding.embeddings();
        let mean = |row: ArrayView1<'_, u32>| -> Array1<f64> {
            row.iter().map(|id| table.row(*id as usize).to_owned()).reduce(|a, b| a + b).expect("not empty")
                / length as f64
        };
        let means: Vec<Array1<f64>> = words.rows().into_iter().map(mean).collect();
        let views: Vec<_> = means.iter().map(|mean| mean.view()).collect();
        let h = ndarray::stack(Axis(0), &views).expect("of one length");
        let all = concatenate![Axis(1), h, facts, h];
        let expected = dense(&all, model.dense.kernel(), model.dense.bias());
        close(&model.predict(WordsInputs { words: &words, facts: &facts })?.output, &expected);
    }
    Ok(())
}

model!(
    fn Inner(x: Input<4>, y: Input<4>) -> Outputs<sum = Output<4>, product = Output<4>> {
        let h = Dense(4, activation = relu)(x);
        Outputs { sum: h + y, product: h * y }
    }
);

model!(
    fn Outer(x: Input<4>) -> Output<4> {
        let inner = Inner();
        let (a, b) = inner(x, x);
        let (c, d) = inner(a, b);
        let (e, f) = inner(d, Dense(4)(c));
        e * a + f * b - x
    }
);

#[test]
fn a_nested_model_that_is_used_three_times() -> Result<()> {
    let model = Outer::<f64>::seeded(1);
    let inner = |x: &Array2<f64>, y: &Array2<f64>| {
        let h = relu(&dense(x, model.inner.h.kernel(), model.inner.h.bias()));
        (&h + y, &h * y)
    };
    for rows in ROWS {
        let x = numbers(rows as u64, (rows, 4));
        let (a, b) = inner(&x, &x);
        let (c, d) = inner(&a, &b);
        let (e, f) = inner(&d, &dense(&c, model.dense.kernel(), model.dense.bias()));
        close(&model.predict(OuterInputs { x: &x })?.output, &(e * a + f * b - x));
    }
    Ok(())
}

#[test]
fn training_and_predicting_in_turn_do_not_disturb_each_other() -> Result<()> {
    let train = |between: bool| -> Result<(Vec<f64>, Array2<f64>)> {
        let mut model = Outer::<f64>::seeded(1).compile(SGD::new(0.01), MeanSquaredError::new());
        let mut losses = Vec::new();
        for (k, rows) in ROWS.into_iter().enumerate() {
            let (x, y) = (numbers(k as u64, (rows, 4)), numbers::<f64, _>(50 + k as u64, (rows, 4)));
            if between {
                for rows in [90, 3] {
                    let x = numbers(k as u64, (rows, 4));
                    let first = model.predict(OuterInputs { x: &x })?.output;
                    assert_eq!(first, model.predict(OuterInputs { x: &x })?.output);
                    model.test_on_batch(OuterInputs { x: &x }, OuterTargets { output: &x })?;
                }
            }
            losses.push(model.train_on_batch(OuterInputs { x: &x }, OuterTargets { output: &y })?.loss);
        }
        let x = numbers(7, (5, 4));
        Ok((losses, model.predict(OuterInputs { x: &x })?.output))
    };
    assert_eq!(train(false)?, train(true)?);
    Ok(())
}

#[test]
fn every_row_is_computed_on_its_own() -> Result<()> {
    let model = LongSkips::<f64>::seeded(2);
    let x: Array2<f64> = numbers(3, (37, 4));
    let all = model.predict(LongSkipsInputs { x: &x })?.late;
    for (row, expected) in x.axis_chunks_iter(Axis(0), 1).zip(all.axis_chunks_iter(Axis(0), 1)) {
        close(&model.predict(LongSkipsInputs { x: &row })?.late, &expected.to_owned());
    }
    Ok(())
}

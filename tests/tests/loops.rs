//! Loops of one's own, in the style of a gradient tape.

use formwork::prelude::*;
use formwork::random::{Purpose, Random};
use formwork_tests::numbers;
use ndarray::{Array2, Array3, s};

model!(
    fn Front(x: Input<3>) -> Output<4> {
        Dense(4, activation = tanh)(x)
    }
);

model!(
    fn Rear(h: Input<4>, time: Input<_, 2>) -> Output<2> {
        let last = GlobalAveragePooling1D()(time);
        Dense(2, activation = sigmoid)(Concatenate()(h, last))
    }
);

model!(
    fn Both(x: Input<3>, time: Input<_, 2>) -> Output<2> {
        Rear(name = rear)(Front(name = front)(x), time)
    }
);

struct Data {
    x: Array2<f64>,
    time: Array3<f64>,
    y: Array2<f64>,
}

fn data() -> Data {
    Data { x: numbers(1, (5, 3)), time: numbers(2, (5, 7, 2)), y: numbers::<f64, _>(3, (5, 2)).mapv(f64::abs) }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 + 1e-6 * b.abs()
}

#[test]
fn a_tape_gives_the_gradients_that_a_model_gives() -> Result<()> {
    let Data { x, time, y } = data();
    let (mut model, loss) = (Both::<f64>::seeded(1), MeanSquaredError::new());
    let (inputs, targets) = (BothInputs { x: &x, time: &time }, BothTargets { output: &y });
    let (value, gradients) = model.gradients(inputs, &targets, &loss)?;
    let mut tape = model.record(inputs)?;
    assert_eq!(tape.outputs().output.dim(), (5, 2));
    let (again, back) = tape.gradients(&targets, &loss)?;
    assert_eq!(value, again);
    assert_eq!(gradients.as_slice(), back.weights.as_slice());
    Ok(())
}

#[test]
fn gradients_of_inputs_are_slopes() -> Result<()> {
    let Data { x, time, y } = data();
    let (mut model, loss) = (Both::<f64>::seeded(1), MeanSquaredError::new());
    let targets = BothTargets { output: &y };
    let mut value = |x: &Array2<f64>, time: &Array3<f64>| {
        let (value, back) = model.record(BothInputs { x, time })?.gradients(&targets, &loss)?;
        Ok::<_, Error>((value, back.inputs))
    };
    let (_, slopes) = value(&x, &time)?;
    let step = 1e-6;
    for place in [(0, 0), (3, 2), (4, 1)] {
        let moved = |by: f64| {
            let mut x = x.clone();
            x[place] += by;
            x
        };
        let slope = (value(&moved(step), &time)?.0 - value(&moved(-step), &time)?.0) / (2.0 * step);
        assert!((slopes.x[place] - slope).abs() < 1e-7, "{} is not {slope}", slopes.x[place]);
    }
    for place in [(0, 0, 0), (4, 6, 1)] {
        let moved = |by: f64| {
            let mut time = time.clone();
            time[place] += by;
            time
        };
        let slope = (value(&x, &moved(step))?.0 - value(&x, &moved(-step))?.0) / (2.0 * step);
        assert!((slopes.time[place] - slope).abs() < 1e-7, "{} is not {slope}", slopes.time[place]);
    }
    Ok(())
}

#[test]
fn a_chain_of_two_models_has_the_gradients_of_one() -> Result<()> {
    let Data { x, time, y } = data();
    let (mut whole, loss) = (Both::<f64>::seeded(1), MeanSquaredError::new());
    let (mut front, mut rear) = (whole.front.clone(), whole.rear.clone());
    let targets = BothTargets { output: &y };
    let (value, expected) = whole.record(BothInputs { x: &x, time: &time })?.gradients(&targets, &loss)?;

    let mut first = front.record(FrontInputs { x: &x })?;
    let h = first.outputs().output;
    let second = rear.record(RearInputs { h: &h, time: &time })?;
    let (again, of_rear) = second.gradients(&RearTargets { output: &y }, &loss)?;
    let of_front = first.backward(&FrontOutputs { output: of_rear.inputs.h })?;

    assert!(near(value, again));
    for (model, weights) in [("front", &of_front.weights), ("rear", &of_rear.weights)] {
        for (path, gradient) in weights.iter() {
            let expected = expected.weights.get(&format!("{model}/{path}")).expect("it is a part of the whole");
            assert!(expected.iter().zip(&gradient).all(|(a, b)| near(*a, *b)), "{model}/{path}");
        }
    }
    assert!(expected.inputs.x.iter().zip(&of_front.inputs.x).all(|(a, b)| near(*a, *b)));
    assert!(expected.inputs.time.iter().zip(&of_rear.inputs.time).all(|(a, b)| near(*a, *b)));
    Ok(())
}

#[test]
fn a_sum_of_small_batches_is_a_large_one() -> Result<()> {
    let Data { x, time, y } = data();
    let (mut model, loss) = (Both::<f64>::seeded(1), MeanSquaredError::new());
    let mut of = |from: usize, to: usize| {
        let (x, time, y) = (x.slice(s![from..to, ..]), time.slice(s![from..to, .., ..]), y.slice(s![from..to, ..]));
        model.gradients(BothInputs { x: &x, time: &time }, &BothTargets { output: &y }, &loss).map(|(_, g)| g)
    };
    let whole = of(0, 4)?;
    let mut sum = of(0, 2)?;
    sum += &of(2, 4)?;
    sum.scale(0.5);
    assert!(whole.as_slice().iter().zip(sum.as_slice()).all(|(a, b)| near(*a, *b)));
    assert!(near(sum.norm(), whole.norm()));
    Ok(())
}

#[test]
fn a_gradient_of_another_shape_is_refused() -> Result<()> {
    let Data { x, .. } = data();
    let mut front = Front::<f64>::seeded(1);
    let tape = front.record(FrontInputs { x: &x })?;
    let error = tape.backward(&FrontOutputs { output: Array2::zeros((4, 4)) }).unwrap_err().to_string();
    assert!(error.contains("gradient of the output `output` has shape [4, 4], but 5 rows of [4]"), "{error}");
    let mut bad = x.clone();
    bad[(2, 1)] = f64::NAN;
    assert!(front.record(FrontInputs { x: &bad }).unwrap_err().to_string().contains("holds NaN in row 2"));
    Ok(())
}

/// As Keras does: two batches make one step, at the rate of the second batch; the average follows every batch.
#[test]
fn a_schedule_and_an_average_count_batches() {
    let optimizer = || SGD::new(ExponentialDecay::new(1.0, 1, 0.5)).gradient_accumulation_steps(2);
    let start = Front::<f64>::seeded(1);
    let after = |mut optimizer: SGD| {
        let mut model = start.clone();
        let mut gradients = Gradients::zeros(&model);
        gradients.as_mut_slice().fill(1.0);
        (0..4).for_each(|_| optimizer.apply(&mut model, &gradients));
        optimizer.finish(&mut model);
        (&start.dense.kernel() - &model.dense.kernel())[(0, 0)]
    };
    // The rates of batches 1 and 3, counted from 0.
    assert!(near(after(optimizer()), 0.5 + 0.125));
    // Of the weights 0, 0.5, 0.5, 0.625 below the start; the first two batches begin the average anew.
    assert!(near(after(optimizer().use_ema(0.5)), 0.25 * 0.5 + 0.25 * 0.5 + 0.5 * 0.625));
}

model!(
    /// A number made of noise.
    fn Generator(noise: Input<2>) -> Output<1> {
        Dense(1)(Dense(8, activation = tanh)(noise))
    }
);

model!(
    /// Is this number real?
    fn Critic(number: Input<1>) -> Output<1> {
        Dense(1)(Dense(16, activation = leaky_relu)(number))
    }
);

/// Numbers around 3; a generator that starts around 0 learns to make such.
#[test]
fn two_models_against_each_other() -> Result<()> {
    const BATCH: usize = 32;
    let (mut generator, mut critic) = (Generator::new(1), Critic::new(2));
    let (mut for_generator, mut for_critic) = (Adam::new(5e-3).beta_1(0.5), Adam::new(5e-3).beta_1(0.5));
    let loss = BinaryCrossentropy::from_logits();
    let (yes, no) = (Array2::<f32>::ones((BATCH, 1)), Array2::<f32>::zeros((BATCH, 1)));
    let mut random = Random::new(7, Purpose::Data, 0);
    let mut normal = |columns: usize| Array2::from_shape_simple_fn((BATCH, columns), || random.normal() as f32);
    let mut mean = 0.0;
    for step in 0..1500 {
        let (noise, real) = (normal(2), normal(1) * 0.5 + 3.0);
        let fake = generator.predict(GeneratorInputs { noise: &noise })?.output;
        let (_, mut gradients) =
            critic.gradients(CriticInputs { number: &real }, &CriticTargets { output: &yes }, &loss)?;
        gradients += &critic.gradients(CriticInputs { number: &fake }, &CriticTargets { output: &no }, &loss)?.1;
        for_critic.apply(&mut critic, &gradients);

        let mut tape = generator.record(GeneratorInputs { noise: &noise })?;
        let made = tape.outputs().output;
        let judged = critic.record(CriticInputs { number: &made })?;
        let (_, back) = judged.gradients(&CriticTargets { output: &yes }, &loss)?;
        let back = tape.backward(&GeneratorOutputs { output: back.inputs.number })?;
        for_generator.apply(&mut generator, &back.weights);
        if step >= 1400 {
            mean += made.mean().unwrap_or(0.0) / 100.0;
        }
    }
    assert!((mean - 3.0).abs() < 0.5, "the mean is {mean}");
    Ok(())
}

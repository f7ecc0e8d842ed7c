//! Training without `fit`: a loop of one's own, and two models that learn from each other (a GAN).
//!
//! Run it with `cargo run --release --example 08_custom_loop`.

use formwork::ndarray::{Array2, Axis};
use formwork::prelude::*;
use formwork::random::{Purpose, Random};

/// All chance comes from here: the same seed trains the same models.
const SEED: u64 = 1;

const BATCH: usize = 64;

model!(
    /// The sum of two numbers.
    fn Sum(a: Input<1>, b: Input<1>) -> Output<1> {
        Dense(1)(Dense(64, activation = relu)(Concatenate()(a, b)))
    }
);

model!(
    /// A point of the plane, made of noise.
    fn Generator(noise: Input<8>) -> Output<2> {
        Sequential([Dense(32, activation = relu), Dense(32, activation = relu), Dense(2)])(noise)
    }
);

model!(
    /// Does this point lie on the circle? A number, not a probability: the loss makes one of it.
    fn Critic(point: Input<2>) -> Output<1> {
        Sequential([Dense(64, activation = leaky_relu), Dense(64, activation = leaky_relu), Dense(1)])(point)
    }
);

fn main() -> Result<()> {
    println!("mean squared error of sums: {:.6}", sums()?);
    println!("mean distance of made points from the circle: {:.4}", circle()?);
    Ok(())
}

/// The gradient of a loss, and a step along it: what `fit` does, without it.
fn sums() -> Result<f64> {
    let mut random = Random::new(SEED, Purpose::Data, 0);
    let mut numbers = |rows: usize| Array2::from_shape_simple_fn((rows, 1), || random.uniform(-1.0, 1.0) as f32);

    let (mut model, mut optimizer, loss) = (Sum::new(SEED), Adam::new(1e-2), MeanSquaredError::new());
    for epoch in 0..10 {
        let mut total = 0.0;
        for _ in 0..50 {
            let (a, b) = (numbers(BATCH), numbers(BATCH));
            let sum = &a + &b;
            let (inputs, targets) = (SumInputs { a: &a, b: &b }, SumTargets { output: &sum });
            let (value, gradients) = model.gradients(inputs, &targets, &loss)?;
            optimizer.apply(&mut model, &gradients);
            total += value;
        }
        println!("epoch {epoch}: loss {:.6}", total / 50.0);
    }

    let (a, b) = (numbers(1_000), numbers(1_000));
    let errors = model.predict(SumInputs { a: &a, b: &b })?.output - &a - &b;
    Ok(f64::from(errors.mapv(|error| error * error).mean().unwrap_or_default()))
}

/// A generator that makes points, and a critic that tells them from points of a circle.
fn circle() -> Result<f32> {
    let mut random = Random::new(SEED, Purpose::Data, 1);
    let (mut generator, mut critic) = (Generator::new(SEED), Critic::new(SEED + 1));
    let (mut for_generator, mut for_critic) = (Adam::new(1e-3).beta_1(0.5), Adam::new(1e-3).beta_1(0.5));
    let loss = BinaryCrossentropy::from_logits();
    let (real, fake): (Array2<f32>, Array2<f32>) = (Array2::ones((BATCH, 1)), Array2::zeros((BATCH, 1)));

    let mut distance = 0.0;
    for step in 1..=6_000 {
        let noise = Array2::from_shape_simple_fn((BATCH, 8), || random.normal() as f32);
        let mut points = Array2::zeros((BATCH, 2));
        for mut point in points.axis_iter_mut(Axis(0)) {
            let angle = random.uniform(0.0, std::f64::consts::TAU);
            (point[0], point[1]) = (angle.cos() as f32, angle.sin() as f32);
        }

        // The generator's forward pass is recorded: later its gradients come from the critic.
        let mut tape = generator.record(GeneratorInputs { noise: &noise })?;
        let made = tape.outputs().output;

        // The critic learns from real and from made points: gradients add up.
        let (_, mut gradients) =
            critic.gradients(CriticInputs { point: &points }, &CriticTargets { output: &real }, &loss)?;
        let (_, more) = critic.gradients(CriticInputs { point: &made }, &CriticTargets { output: &fake }, &loss)?;
        gradients += &more;
        for_critic.apply(&mut critic, &gradients);

        // The generator learns what would have made the critic say "real": back through the critic to its input.
        let judged = critic.record(CriticInputs { point: &made })?;
        let (_, back) = judged.gradients(&CriticTargets { output: &real }, &loss)?;
        let back = tape.backward(&GeneratorOutputs { output: back.inputs.point })?;
        for_generator.apply(&mut generator, &back.weights);

        let radii = made.map_axis(Axis(1), |point| point[0].hypot(point[1]));
        distance = radii.mapv(|radius| (radius - 1.0).abs()).mean().unwrap_or_default();
        if step % 1_000 == 0 {
            println!("step {step}: distance {distance:.4}");
        }
    }
    Ok(distance)
}

//! Training without `fit`: a loop of one's own over batches, gradients that add up over several of them, and two models
//! that learn from each other (a GAN).
//!
//! Run it with `cargo run --release --example 08_custom_loop`.

use formwork::ndarray::{Array2, Axis};
use formwork::prelude::*;
use formwork::random::{Purpose, Random};
use formwork_examples::mnist;

/// All chance comes from here: the same seed trains the same models.
const SEED: u64 = 1;

model!(
    /// The digit that an image shows.
    fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([
            Conv2D(16, 3, strides = 2, activation = relu),
            Conv2D(32, 3, strides = 2, activation = relu),
            Flatten(),
            Dropout(0.3),
            Dense(10, activation = softmax),
        ])(image)
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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("mean distance of made points from the circle: {:.4}", circle()?);
    println!("test accuracy {:.4}", digits()?);
    Ok(())
}

/// What `fit` does, without it: the gradient of a loss, and a step along it. Each step is one for `PARTS` batches, so that
/// memory need hold but one of them.
fn digits() -> Result<f64, Box<dyn std::error::Error>> {
    const PARTS: usize = 4;
    let (train, test) = mnist()?;
    let data = Dataset::from_arrays(DigitsInputs { image: &train.images }, DigitsTargets { output: &train.labels })?
        .shuffle(train.labels.len(), SEED)
        .batch(16);

    let (mut model, mut optimizer) = (Digits::new(SEED), Adam::new(2e-3));
    let loss = SparseCategoricalCrossentropy::new();
    let mut sum = Gradients::zeros(&model);
    for epoch in 1..=8 {
        let (mut total, mut count) = (0.0, 0);
        // Each `for` is an epoch with an order of its own.
        for batch in &data {
            let batch = batch?;
            let (value, gradients) = model.gradients(batch.inputs(), &batch.targets(), &loss)?;
            (total, count) = (total + value, count + 1);
            sum += &gradients;
            if count % PARTS == 0 {
                sum.scale(1.0 / PARTS as f64);
                optimizer.apply(&mut model, &sum);
                sum.as_mut_slice().fill(0.0);
            }
        }
        println!("epoch {epoch}: loss {:.4}", total / count as f64);
    }

    // For a report, the model is compiled after all.
    let mut model = model.compile(optimizer, loss).metrics(Accuracy::new());
    let report = model.evaluate_arrays(DigitsInputs { image: &test.images }, DigitsTargets { output: &test.labels })?;
    Ok(report.metric("accuracy").unwrap_or_default())
}

/// A generator that makes points, and a critic that tells them from points of a circle.
fn circle() -> Result<f32> {
    const BATCH: usize = 64;
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

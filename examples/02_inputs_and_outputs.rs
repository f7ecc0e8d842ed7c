//! Two inputs, two outputs, a model inside a model, a shared layer, and a training loop of one's own.
//!
//! Two signals come in: is each a sine, a square or a sawtooth, and do both have the same form?
//!
//! Run it with `cargo run --release --example 02_inputs_and_outputs`.

use std::f32::consts::TAU;

use formwork::prelude::*;
use formwork::random::{Purpose, Random};
use ndarray::{Array1, Array2, Array3};

/// Points in a signal. The macro does not see this number; the compiler does, and checks the shapes all the same.
const POINTS: usize = 64;
const SIGNALS: usize = 64;
const STEPS: u64 = 300;

model!(
    /// What there is to say about a signal, in 24 numbers.
    fn Encoder(signal: Input<POINTS, 1>) -> Output<24> {
        let mut h = signal;
        for filters in [16, 24] {
            h = Conv1D(filters, 5, strides = 2, activation = relu)(h);
        }
        GlobalAveragePooling1D()(h)
    }
);

model!(
    /// One encoder reads both signals.
    fn Pair(left: Input<POINTS, 1>, right: Input<POINTS, 1>) -> Outputs<form = Output<3>, same = Output<1>> {
        let encode = Encoder();
        let left = encode(left);
        let right = encode(right);
        let form = Dense(3, activation = softmax)(left);

        let distance = left - right;
        let both: Shape<48> = Concatenate()(distance * distance, left * right); // a stated shape is checked
        let h = Dense(32, activation = relu)(both);
        let same = Dense(1, activation = sigmoid)(h);
        Outputs { form, same }
    }
);

/// Noisy signals, and what the model should say about them.
struct Signals {
    left: Array3<f32>,
    right: Array3<f32>,
    form: Array1<u8>,
    same: Array2<f32>,
}

impl Signals {
    /// A new batch for each step.
    fn new(step: u64) -> Signals {
        let mut random = Random::new(7, Purpose::Data, step);
        let form = Array1::from_shape_simple_fn(SIGNALS, || random.below(3) as u8);
        // Every other pair has the same form.
        let other = Array1::from_shape_fn(SIGNALS, |row| (form[row] + (row % 2 * (1 + random.below(2))) as u8) % 3);
        let same = Array2::from_shape_fn((SIGNALS, 1), |(row, _)| if form[row] == other[row] { 1.0 } else { 0.0 });
        Signals { left: signals(&form, &mut random), right: signals(&other, &mut random), form, same }
    }

    fn inputs(&self) -> PairInputs<'_> {
        PairInputs { left: &self.left, right: &self.right }
    }

    fn targets(&self) -> PairTargets<&Array1<u8>, &Array2<f32>> {
        PairTargets { form: &self.form, same: &self.same }
    }
}

/// Signals of these forms with a random pitch and phase.
fn signals(forms: &Array1<u8>, random: &mut Random) -> Array3<f32> {
    let mut signals = Array3::zeros((forms.len(), POINTS, 1));
    for (mut signal, form) in signals.outer_iter_mut().zip(forms) {
        let (pitch, phase) = (random.uniform(2.0, 5.0) as f32, random.unit() as f32);
        for (point, value) in signal.iter_mut().enumerate() {
            let turn = (pitch * point as f32 / POINTS as f32 + phase).fract();
            let clean = match form {
                0 => (TAU * turn).sin(),
                1 => (0.5 - turn).signum(),
                _ => 2.0 * turn - 1.0,
            };
            *value = clean + 0.4 * random.normal() as f32;
        }
    }
    signals
}

fn main() -> Result<()> {
    let (mut model, mut optimizer) = (Pair::new(1), Adam::new(3e-3));
    println!("{}", model.summary());

    // A loss for each output, by name.
    let losses = PairLosses { form: SparseCategoricalCrossentropy::new(), same: BinaryCrossentropy::new() };
    for step in 1..=STEPS {
        let batch = Signals::new(step);
        let (loss, gradients) = model.gradients(batch.inputs(), &batch.targets(), &losses)?;
        optimizer.apply(&mut model, &gradients);
        if step % 25 == 0 {
            println!("step {step:3} {:<60} {loss:.3}", "#".repeat((loss * 30.0) as usize));
        }
    }

    // Metrics, too, are named. `compile` brings `fit`, `evaluate` and their like.
    let mut model = model
        .compile(optimizer, losses)
        .metrics(PairMetrics { form: SparseCategoricalAccuracy::new(), same: BinaryAccuracy::new() });
    let unseen = Signals::new(STEPS + 1);
    println!("unseen signals: {}", model.test_on_batch(unseen.inputs(), unseen.targets())?);
    Ok(())
}

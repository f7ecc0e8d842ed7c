use formwork_shape::{Layer, Shape, layers};

use super::*;
use crate::Threads;
use crate::kernel::Work;
use crate::kernels::Level;
use crate::layer_kernels::conformance::{Case, Data, Run};

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `bias + x · kernel`, column after column.
fn product(x: &[f64], kernel: &[f64], bias: &[f64]) -> Vec<f64> {
    let width = bias.len();
    (0..width)
        .map(|col| x.iter().enumerate().fold(bias[col], |sum, (k, x)| sum + x * kernel[k * width + col]))
        .collect()
}

/// h after each step, by the definition.
fn expected(layer: &Layer, units: usize, weights: &[Vec<f64>], x: &[f64], features: usize) -> Vec<f64> {
    let (mut h, mut c, mut all) = (vec![0.0; units], vec![0.0; units], Vec::new());
    for x in x.chunks_exact(features) {
        let width = weights[0].len() / features;
        let (first, second) = weights[2].split_at(width);
        let zeros = vec![0.0; width];
        let sums = product(x, &weights[0], first);
        let products = product(&h, &weights[1], if second.is_empty() { &zeros } else { second });
        let both = |gate: usize, unit: usize| sums[gate * units + unit] + products[gate * units + unit];
        for unit in 0..units {
            h[unit] = match layer {
                Layer::LSTM(_) => {
                    let [i, f, o] = [0, 1, 3].map(|gate| sigmoid(both(gate, unit)));
                    c[unit] = f * c[unit] + i * both(2, unit).tanh();
                    o * c[unit].tanh()
                }
                Layer::GRU(_) => {
                    let [z, r] = [0, 1].map(|gate| sigmoid(both(gate, unit)));
                    let new = (sums[2 * units + unit] + r * products[2 * units + unit]).tanh();
                    z * h[unit] + (1.0 - z) * new
                }
                _ => both(0, unit).tanh(),
            };
        }
        all.extend_from_slice(&h);
    }
    all
}

fn layers(units: usize) -> [Layer; 3] {
    let return_sequences = true;
    [
        layers::LSTM { units, return_sequences, ..layers::LSTM::TEMPLATE }.into(),
        layers::GRU { units, return_sequences, ..layers::GRU::TEMPLATE }.into(),
        layers::SimpleRNN { units, return_sequences, ..layers::SimpleRNN::TEMPLATE }.into(),
    ]
}

/// The outputs of `layer` for the samples of `run`.
fn outputs<T: Real>(run: &Run<T>, threads: &Threads, work: &mut Work) -> Vec<T> {
    run.forward(threads, false, &mut run.weights.clone(), &run.x, work).remove(0)
}

fn check<T: Real>(units: usize, features: usize, steps: usize, tolerance: f64) {
    for (layer, batch) in layers(units).into_iter().flat_map(|layer| (1..FEW).map(move |batch| (layer, batch))) {
        let case = Case::new(layer, [Shape::new(&[steps, features])]);
        let mut run = Run::<T>::new(&case, batch, 1);
        for variable in run.weights.variables_mut() {
            variable.data_mut().iter_mut().for_each(|value| *value *= T::of(0.3));
        }
        let weights: Vec<Vec<f64>> =
            run.weights.variables().iter().map(|variable| variable.data().iter().map(|w| w.wide()).collect()).collect();
        let Data::Numbers(x) = &run.x[0] else { unreachable!("the input is numbers") };
        let x: Vec<f64> = x.iter().map(|x| x.wide()).collect();
        let samples = x.chunks_exact(steps * features);
        let expected: Vec<f64> = samples.flat_map(|x| expected(&layer, units, &weights, x, features)).collect();
        for level in Level::available() {
            let what = format!("{layer:?} of {units}, {batch} x {steps} x {features}, {level:?}");
            let alone = outputs(&run, &Threads::new(1).with_level(level), &mut Work::at(0));
            for (place, (y, expected)) in alone.iter().zip(&expected).enumerate() {
                assert!((y.wide() - expected).abs() < tolerance, "{what}: {y} instead of {expected} at {place}");
            }
            for count in [2, 3, 5] {
                let threads = Threads::new(count).with_level(level);
                assert_eq!(outputs(&run, &threads, &mut Work::at(0)), alone, "{what}, {count} threads");
            }
        }
    }
}

#[test]
fn units_of_any_number_on_any_threads_at_every_level() {
    for (units, features, steps) in [(1, 1, 1), (3, 2, 5), (37, 19, 7), (64, 16, 4), (130, 33, 3), (330, 3, 2)] {
        check::<f32>(units, features, steps, 2e-5);
        check::<f64>(units, features, steps, 1e-12);
    }
}

#[test]
fn new_weights_are_noticed() {
    let case = Case::new(layers(20)[0], [Shape::new(&[3, 4])]);
    let (mut run, threads, mut work) = (Run::<f32>::new(&case, 1, 1), Threads::new(2), Work::at(0));
    for place in 0..3 {
        outputs(&run, &threads, &mut work);
        run.weights.data_mut(place).iter_mut().for_each(|value| *value = -*value);
        assert_eq!(outputs(&run, &threads, &mut work), outputs(&run, &threads, &mut Work::at(0)), "variable {place}");
    }
}

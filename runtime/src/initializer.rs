//! Filling weights with their first numbers, as Keras' initializers do.

use formwork_shape::{Distribution, Fan, Initializer};

use crate::Real;
use crate::random::Random;

/// The standard deviation of a normal distribution that is cut at two of them.
const TRUNCATED_STDDEV: f64 = 0.879_625_661_034_239_8;

/// Fills `data`, an array of the given dimensions.
pub fn fill<T: Real>(initializer: Initializer, dims: &[usize], random: &mut Random, data: &mut [T]) {
    let (fan_in, fan_out) = fans(dims);
    let average = (fan_in + fan_out) / 2.0;
    match initializer {
        Initializer::Zeros => data.fill(T::zero()),
        Initializer::Ones => data.fill(T::one()),
        Initializer::Constant(value) => data.fill(T::of(value)),
        Initializer::GlorotUniform => uniform(data, random, (3.0 / average).sqrt()),
        Initializer::GlorotNormal => truncated(data, random, 0.0, (1.0 / average).sqrt() / TRUNCATED_STDDEV),
        Initializer::HeUniform => uniform(data, random, (6.0 / fan_in).sqrt()),
        Initializer::HeNormal => truncated(data, random, 0.0, (2.0 / fan_in).sqrt() / TRUNCATED_STDDEV),
        Initializer::LecunUniform => uniform(data, random, (3.0 / fan_in).sqrt()),
        Initializer::LecunNormal => truncated(data, random, 0.0, (1.0 / fan_in).sqrt() / TRUNCATED_STDDEV),
        Initializer::RandomNormal(mean, stddev) => each(data, || mean + stddev * random.normal()),
        Initializer::TruncatedNormal(mean, stddev) => truncated(data, random, mean, stddev),
        Initializer::RandomUniform(low, high) => each(data, || random.uniform(low, high)),
        Initializer::VarianceScaling(scale, fan, distribution) => {
            let n = match fan {
                Fan::In => fan_in,
                Fan::Out => fan_out,
                Fan::Average => average,
            };
            let scale = scale / n.max(1.0);
            match distribution {
                Distribution::TruncatedNormal => truncated(data, random, 0.0, scale.sqrt() / TRUNCATED_STDDEV),
                Distribution::UntruncatedNormal => each(data, || scale.sqrt() * random.normal()),
                Distribution::Uniform => uniform(data, random, (3.0 * scale).sqrt()),
            }
        }
        Initializer::Orthogonal(gain) => orthogonal(data, dims, random, gain),
        Initializer::Identity(gain) => identity(data, dims, gain),
        Initializer::UnitForgetBias => {
            let units = data.len() / 4;
            data.fill(T::zero());
            data[units..2 * units].fill(T::one());
        }
    }
}

/// How many inputs an output value reads, and how many outputs an input value reaches.
fn fans(dims: &[usize]) -> (f64, f64) {
    match dims {
        [] => (1.0, 1.0),
        [n] => (*n as f64, *n as f64),
        [receptive @ .., input, output] => {
            let receptive = receptive.iter().product::<usize>() as f64;
            (receptive * *input as f64, receptive * *output as f64)
        }
    }
}

fn each<T: Real>(data: &mut [T], mut draw: impl FnMut() -> f64) {
    for value in data {
        *value = T::of(draw());
    }
}

fn uniform<T: Real>(data: &mut [T], random: &mut Random, limit: f64) {
    each(data, || random.uniform(-limit, limit));
}

fn truncated<T: Real>(data: &mut [T], random: &mut Random, mean: f64, stddev: f64) {
    each(data, || {
        loop {
            let draw = random.normal();
            if draw.abs() <= 2.0 {
                break mean + stddev * draw;
            }
        }
    });
}

/// Rows (or columns, whichever are fewer) that are orthonormal: the modified Gram-Schmidt process on normal numbers.
fn orthogonal<T: Real>(data: &mut [T], dims: &[usize], random: &mut Random, gain: f64) {
    let cols = dims.last().copied().unwrap_or(1);
    let rows = data.len() / cols.max(1);
    let (count, len) = (rows.min(cols), rows.max(cols));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut vector: Vec<f64> = (0..len).map(|_| random.normal()).collect();
        // Twice: once leaves rounding errors that grow with the dimension.
        for _ in 0..2 {
            for other in &basis {
                let overlap: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                vector.iter_mut().zip(other).for_each(|(a, b)| *a -= overlap * b);
            }
        }
        let norm = vector.iter().map(|a| a * a).sum::<f64>().sqrt();
        if norm > 1e-9 {
            vector.iter_mut().for_each(|a| *a /= norm);
            basis.push(vector);
        }
    }
    for row in 0..rows {
        for col in 0..cols {
            let value = if rows < cols { basis[row][col] } else { basis[col][row] };
            data[row * cols + col] = T::of(gain * value);
        }
    }
}

fn identity<T: Real>(data: &mut [T], dims: &[usize], gain: f64) {
    data.fill(T::zero());
    let cols = dims.last().copied().unwrap_or(1).max(1);
    for i in 0..cols.min(data.len() / cols) {
        data[i * cols + i] = T::of(gain);
    }
}

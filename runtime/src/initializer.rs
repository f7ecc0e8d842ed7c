//! Filling weights with their first numbers, as Keras' initializers do.

use formwork_shape::{Distribution, Fan, Initializer};

use crate::buffer::Buffer;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::reduce::fold;
use crate::kernels::{Routine, Write};
use crate::random::Random;
use crate::{Real, Threads};

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
        Initializer::RandomNormal(mean, stddev) => random.normals(data, |draw| T::of(mean + stddev * draw)),
        Initializer::TruncatedNormal(mean, stddev) => truncated(data, random, mean, stddev),
        Initializer::RandomUniform(low, high) => random.units(data, |draw| T::of(low + (high - low) * draw)),
        Initializer::VarianceScaling(scale, fan, distribution) => {
            let n = match fan {
                Fan::In => fan_in,
                Fan::Out => fan_out,
                Fan::Average => average,
            };
            let scale = scale / n.max(1.0);
            match distribution {
                Distribution::TruncatedNormal => truncated(data, random, 0.0, scale.sqrt() / TRUNCATED_STDDEV),
                Distribution::UntruncatedNormal => random.normals(data, |draw| T::of(scale.sqrt() * draw)),
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

fn uniform<T: Real>(data: &mut [T], random: &mut Random, limit: f64) {
    random.units(data, |draw| T::of(-limit + 2.0 * limit * draw));
}

fn truncated<T: Real>(data: &mut [T], random: &mut Random, mean: f64, stddev: f64) {
    for value in data {
        *value = loop {
            let draw = random.normal();
            if draw.abs() <= 2.0 {
                break T::of(mean + stddev * draw);
            }
        };
    }
}

/// Vectors that are made orthogonal to all before them at once, as products of matrices.
const BLOCK: usize = if cfg!(test) { 3 } else { 16 };

/// Rows (or columns, whichever are fewer) that are orthonormal: the modified Gram-Schmidt process on normal numbers, a block
/// of vectors at a time.
fn orthogonal<T: Real>(data: &mut [T], dims: &[usize], random: &mut Random, gain: f64) {
    let cols = dims.last().copied().unwrap_or(1);
    let rows = data.len() / cols.max(1);
    let (count, len) = (rows.min(cols), rows.max(cols));
    let mut basis = Buffer::zeros(count * len);
    let basis = basis.as_mut_slice();
    random.normals(basis, |draw| draw);
    for first in (0..count).step_by(BLOCK) {
        let (before, rest) = basis.split_at_mut(first * len);
        let block = &mut rest[..BLOCK.min(count - first) * len];
        // Twice: once leaves rounding errors that grow with the dimension.
        for _ in 0..2 {
            subtract(before, len, block);
            Threads::global().level().run(Orthonormal { block, len });
        }
    }
    for row in 0..rows {
        for col in 0..cols {
            let value = if rows < cols { basis[row * len + col] } else { basis[col * len + row] };
            data[row * cols + col] = T::of(gain * value);
        }
    }
}

/// Subtracts from each row of `block` what it has in common with each row of `basis`, an orthonormal one.
fn subtract(basis: &[f64], len: usize, block: &mut [f64]) {
    let (threads, none) = (Threads::global(), Epilogue::none());
    let (count, before) = (block.len() / len, basis.len() / len);
    let basis = Matrix::new(basis, before, len);
    let mut common = vec![0.0; count * before];
    let rows = Matrix::new(block, count, len);
    gemm(threads, rows, basis.transposed(), &mut common, before, Write::Overwrite, &none);
    common.iter_mut().for_each(|common| *common = -*common);
    gemm(threads, Matrix::new(&common, count, before), basis, block, len, Write::Add, &none);
}

/// Makes the rows of a block orthogonal to one another and 1 long.
struct Orthonormal<'a> {
    block: &'a mut [f64],
    len: usize,
}

impl Routine for Orthonormal<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let dot = |a: &[f64], b: &[f64]| fold([a, b], 0.0, |[a, b]| a * b, |a, b| a + b);
        for row in 0..self.block.len() / self.len {
            let (before, rest) = self.block.split_at_mut(row * self.len);
            let row = &mut rest[..self.len];
            for other in before.chunks_exact(self.len) {
                let common = dot(row, other);
                row.iter_mut().zip(other).for_each(|(a, b)| *a -= common * b);
            }
            let norm = dot(row, row).sqrt();
            row.iter_mut().for_each(|a| *a /= norm);
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

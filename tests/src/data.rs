//! Reproducible numbers, and random batches for any model.

use formwork::__private::{Kind, Real, ShapeValue, View, is_dynamic};
use formwork::model::Model;
use formwork::random::{Purpose, Random};
use ndarray::{Array, Array1, Dimension, ShapeBuilder};

/// Numbers in -1..1, none of them close to 0, where a kink may be.
pub fn numbers<T: Real, D: Dimension>(seed: u64, shape: impl ShapeBuilder<Dim = D>) -> Array<T, D> {
    let mut random = Random::new(seed, Purpose::Shuffle, 0);
    Array::from_shape_simple_fn(shape, || T::of(number(&mut random)))
}

/// Ids below `limit`.
pub fn ids(seed: u64, len: usize, limit: usize) -> Array1<u32> {
    let mut random = Random::new(seed, Purpose::Shuffle, 0);
    Array1::from_shape_simple_fn(len, || random.below(limit) as u32)
}

fn number(random: &mut Random) -> f64 {
    let size = random.uniform(0.05, 1.0);
    if random.bits().is_multiple_of(2) { size } else { -size }
}

/// A batch of random inputs for a model, whatever its inputs are.
#[derive(Clone, Debug)]
pub struct Samples {
    /// How many there are.
    pub rows: usize,
    /// The shape of each input.
    pub shapes: Vec<ShapeValue>,
    /// The numbers of each input; empty where it takes ids.
    pub numbers: Vec<Vec<f64>>,
    ids: Vec<Vec<u32>>,
}

impl Samples {
    /// `rows` samples whose dynamic axes are `length` long.
    pub fn random<M: Model>(rows: usize, length: usize, seed: u64) -> Samples {
        let mut random = Random::new(seed, Purpose::Shuffle, 1);
        let mut samples = Samples { rows, shapes: Vec::new(), numbers: Vec::new(), ids: Vec::new() };
        for port in M::GRAPH.inputs {
            let dims: Vec<usize> = port.shape.dims().iter().map(|n| if is_dynamic(*n) { length } else { *n }).collect();
            let shape = ShapeValue::new(&dims);
            let count = rows * shape.size();
            let (floats, whole) = if port.kind == Kind::Int { (0, count) } else { (count, 0) };
            samples.shapes.push(shape);
            samples.numbers.push((0..floats).map(|_| number(&mut random)).collect());
            samples.ids.push((0..whole).map(|_| random.below(port.limit.unwrap_or(5)) as u32).collect());
        }
        samples
    }

    /// The samples as a model reads them.
    pub fn views(&self) -> Vec<View<'_, f64>> {
        let of = |k: usize| match self.ids[k].is_empty() {
            true => View::numbers(&self.numbers[k], self.rows, self.shapes[k]),
            false => View::ids(&self.ids[k], self.rows, self.shapes[k]),
        };
        (0..self.shapes.len()).map(of).collect()
    }
}

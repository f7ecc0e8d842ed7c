//! The gradient of a loss with respect to the trainable variables of a model.

use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn};

use crate::Real;
use crate::buffer::Buffer;
use crate::weights::Parameters;

/// One number for every trainable number of a model, variable after variable in the model's order.
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    data: Buffer<T>,
    variables: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    path: String,
    shape: Vec<usize>,
    start: usize,
}

impl Entry {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

impl<T: Real> Gradients<T> {
    /// Zeros, laid out for `parameters`.
    pub fn zeros(parameters: &dyn Parameters<T>) -> Self {
        let mut variables = Vec::new();
        let mut len = 0;
        parameters.visit("", &mut |path, variable| {
            if variable.has_gradient() {
                let shape = variable.shape().to_vec();
                variables.push(Entry { path: path.to_string(), shape, start: len });
                len += variable.data().len();
            }
        });
        Gradients { data: Buffer::zeros(len), variables }
    }

    /// All numbers.
    pub fn as_slice(&self) -> &[T] {
        self.data.as_slice()
    }

    /// All numbers.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.data.as_mut_slice()
    }

    /// The gradient of the variable at a path such as `dense/kernel`.
    pub fn get(&self, path: &str) -> Option<ArrayViewD<'_, T>> {
        let entry = self.variables.iter().find(|entry| entry.path == path)?;
        let data = &self.as_slice()[entry.start..][..entry.len()];
        ArrayViewD::from_shape(IxDyn(&entry.shape), data).ok()
    }

    /// The gradient of the variable at a path such as `dense/kernel`, to change it.
    pub fn get_mut(&mut self, path: &str) -> Option<ArrayViewMutD<'_, T>> {
        let entry = self.variables.iter().find(|entry| entry.path == path)?;
        let data = &mut self.data.as_mut_slice()[entry.start..][..entry.len()];
        ArrayViewMutD::from_shape(IxDyn(&entry.shape), data).ok()
    }

    /// Multiplies all numbers: `gradients.scale(1.0 / 4.0)` makes the mean of a sum of four.
    pub fn scale(&mut self, factor: f64) {
        let factor = T::of(factor);
        self.as_mut_slice().iter_mut().for_each(|g| *g *= factor);
    }

    /// The root of the sum of all squares.
    pub fn norm(&self) -> f64 {
        self.as_slice().iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt()
    }

    /// Every trainable variable's path and gradient.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ArrayViewD<'_, T>)> {
        self.variables.iter().filter_map(|entry| Some((entry.path.as_str(), self.get(&entry.path)?)))
    }

    /// The variable that number `place` belongs to.
    pub(crate) fn variable(&self, place: usize) -> Option<&str> {
        let entry = self.variables.iter().find(|entry| (entry.start..entry.start + entry.len()).contains(&place))?;
        Some(&entry.path)
    }

    /// The length of each variable's part.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.variables.iter().map(Entry::len)
    }
}

/// The sum of gradients of several batches or losses.
///
/// # Panics
/// If they are gradients of different models.
impl<T: Real> std::ops::AddAssign<&Gradients<T>> for Gradients<T> {
    fn add_assign(&mut self, other: &Gradients<T>) {
        assert_eq!(self.as_slice().len(), other.as_slice().len(), "these are gradients of different models");
        self.as_mut_slice().iter_mut().zip(other.as_slice()).for_each(|(a, b)| *a += *b);
    }
}

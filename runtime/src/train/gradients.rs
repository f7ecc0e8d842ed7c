//! The gradient of a loss with respect to the trainable variables of a model.

use std::ops::Range;

use crate::buffer::Buffer;
use crate::kernels::Write;
use crate::weights::{Factored, Factors, Parameters, WeightGrads};
use crate::{Real, Threads};
use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn};

/// One number for every trainable number of a model, variable after variable in the model's order.
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    data: Buffer<T>,
    variables: Vec<Entry>,
    /// What an optimizer makes of large gradients by itself, and what is known of others; whoever else gets gradients gets all of
    /// them in `data`.
    factors: Factors<T>,
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
        Gradients { data: Buffer::zeros(len), variables, factors: Factors::default() }
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

    /// Where a backward pass writes them; it may leave those of large variables as factors if `factored`.
    pub(crate) fn target(&mut self, factored: bool) -> WeightGrads<'_, T> {
        self.factors.clear();
        let factors = Some(&mut self.factors).filter(|_| factored);
        WeightGrads::new(self.data.as_mut_slice(), Write::Overwrite).or_factors(factors, 0)
    }

    /// The gradient of the variable that starts at `start`, if only its factors are here.
    pub(crate) fn factored(&self, start: usize) -> Option<Factored<'_, T>> {
        self.factors.of(start)
    }

    /// The place of the first number that is NaN or exceeds `most` in size. What is known to be sound is not looked at; what cannot be
    /// known from the factors of a gradient is written out.
    pub(crate) fn first_beyond(&mut self, most: T) -> Option<usize> {
        let Gradients { data, factors, .. } = self;
        let data = data.as_mut_slice();
        let sound = factors.write_doubtful(Threads::global(), data);
        let ends = sound.iter().map(|place| place.end);
        // Parts of one gradient have the same place.
        let starts = sound.iter().map(|place| place.start).chain([data.len()]);
        let mut others = [0].into_iter().chain(ends).zip(starts).map(|(first, end)| first..end.max(first));
        let bad = |range: Range<usize>| Some(range.start + T::first_beyond(&data[range], most)?);
        others.find_map(bad)
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

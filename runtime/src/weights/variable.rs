//! A variable: from the description of a weight to its numbers, and what training may do with them.

use std::sync::atomic::{AtomicU64, Ordering};

use formwork_shape::{Constraint, Regularizer, Shape, WeightSpec};

use crate::buffer::Buffer;
use crate::random::Random;
use crate::{Real, initializer, penalty};

/// A named array of numbers that belongs to a layer.
#[derive(Clone, Debug)]
pub struct Variable<T> {
    name: &'static str,
    shape: Shape,
    /// Has it a gradient at all?
    trainable: bool,
    frozen: bool,
    regularizer: Option<Regularizer>,
    constraint: Option<Constraint>,
    data: Buffer<T>,
    stamp: u64,
}

/// A number that no other call has got.
pub(crate) fn new_stamp() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl<T: Real> Variable<T> {
    /// A variable as its layer's rule describes it, with its first numbers drawn from `random`.
    pub fn new(spec: &WeightSpec, random: &mut Random) -> Self {
        let mut data = Buffer::zeros(spec.shape.size());
        initializer::fill(spec.initializer, spec.shape.dims(), random, data.as_mut_slice());
        Variable {
            name: spec.name,
            shape: spec.shape,
            trainable: spec.trainable,
            frozen: false,
            regularizer: None,
            constraint: None,
            data,
            stamp: new_stamp(),
        }
    }

    /// Keras' name for it, such as `kernel`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Keras' layout.
    pub fn shape(&self) -> &[usize] {
        self.shape.dims()
    }

    /// Does a training step change it through its gradient?
    pub fn trainable(&self) -> bool {
        self.trainable && !self.frozen
    }

    /// Has it a place in the gradient of the model? That of a frozen variable is 0.
    pub fn has_gradient(&self) -> bool {
        self.trainable
    }

    /// Freezes it, or lets training change it again. A moving average is not changed by gradients either way; while its
    /// layer is frozen, it stays as it is.
    pub fn set_trainable(&mut self, trainable: bool) {
        self.frozen = !trainable;
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// What it adds to the loss.
    pub fn regularizer(&self) -> Option<Regularizer> {
        self.regularizer
    }

    /// What it adds to the loss from now on.
    pub fn set_regularizer(&mut self, regularizer: Option<Regularizer>) {
        self.regularizer = regularizer;
    }

    /// What it is kept to after each training step.
    pub fn constraint(&self) -> Option<Constraint> {
        self.constraint
    }

    /// What it is kept to after each training step from now on.
    pub fn set_constraint(&mut self, constraint: Option<Constraint>) {
        self.constraint = constraint;
    }

    /// What it adds to the loss now; the slope times `scale` is added to `gradient`.
    pub(crate) fn penalty(&self, gradient: Option<&mut [T]>, scale: f64) -> f64 {
        let Some(regularizer) = self.regularizer.map(|regularizer| penalty::times(regularizer, scale)) else {
            return 0.0;
        };
        penalty::penalty(regularizer, self.data(), self.shape().last().copied().unwrap_or(1), gradient) / scale
    }

    /// Brings it back to what its constraint allows.
    pub(crate) fn constrain(&mut self) {
        if let Some(constraint) = self.constraint {
            let shape = self.shape;
            penalty::constrain(&constraint, shape.dims(), self.data_mut());
        }
    }

    /// The numbers, row-major.
    pub fn data(&self) -> &[T] {
        self.data.as_slice()
    }

    /// The numbers, row-major.
    pub fn data_mut(&mut self) -> &mut [T] {
        self.stamp = new_stamp();
        self.data.as_mut_slice()
    }

    /// A number that no variable with other numbers has, or ever had, in this process: whoever keeps something made of the
    /// numbers knows by it whether they are still the same.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }
}

//! What a built-in layer is to the generated code.

use std::any::Any;

use formwork_shape::layers::BatchNormalization;
use formwork_shape::{Activation, Shape};

use crate::Real;
use crate::kernels::window::Window;
use crate::random::{Purpose, Random};
use crate::threads::Threads;
use crate::view::{Grad, View, ViewMut};
use crate::weights::{WeightGrads, Weights};

/// What all layers of one pass over a batch share.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    /// The number of samples.
    pub batch: usize,
    /// Where parallel work runs.
    pub threads: &'a Threads,
    /// The model's seed.
    pub seed: u64,
    /// The training steps so far.
    pub step: u64,
    /// Does somebody read the gradients of the model's inputs?
    pub input_gradients: bool,
    /// Does a layer in training do what it does at inference? The model says so with `training = false`.
    pub inference: bool,
}

impl Pass<'_> {
    /// This pass for a use of a layer that says `training = ..`, if it does.
    pub(crate) fn with_training(&self, training: Option<bool>) -> Self {
        Pass { inference: training.map_or(self.inference, |training| !training), ..*self }
    }

    /// How much of something random training does: all of it, or nothing of it where a layer does what it does at
    /// inference.
    pub(crate) fn randomly(&self, much: f64) -> f64 {
        if self.inference { 0.0 } else { much }
    }

    /// The random numbers of a user-defined layer in this step: the same for the same seed of the model, others in the next
    /// step and in every other layer.
    pub fn random(&self) -> Random {
        Random::new(self.seed, Purpose::Layer(0), self.step)
    }

    /// The pass inside the nested model or user-defined layer at `place`, whose random numbers are its own.
    pub fn inside(&self, place: u32) -> Self {
        // SplitMix64: a seed that differs in one bit comes out with half of its bits changed.
        let mut seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(place) + 1));
        seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Pass { seed: seed ^ (seed >> 31), ..*self }
    }
}

/// What one use of a layer keeps between calls: scratch memory, and what backward needs of forward.
#[derive(Default)]
pub struct Work {
    place: u32,
    state: Option<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Work {
    /// The work of the layer at `place` in the model.
    pub fn at(place: u32) -> Self {
        Work { place, state: None }
    }

    /// This layer's own kind of work, empty at the first call.
    pub fn of<W: Any + Default + Send>(&mut self) -> &mut W {
        let state = self.state.get_or_insert_with(|| Box::<W>::default());
        if !state.is::<W>() {
            *state = Box::<W>::default();
        }
        state.downcast_mut().expect("it was made of this type")
    }

    /// The random numbers of this layer in this step; with a seed of its own, those of the seed, wherever the layer is.
    pub fn random(&self, pass: &Pass<'_>, seed: Option<usize>) -> Random {
        match seed {
            None => Random::new(pass.seed, Purpose::Layer(self.place), pass.step),
            Some(seed) => Random::new(seed as u64, Purpose::Layer(0), pass.step),
        }
    }
}

/// What backward is given.
#[derive(Debug)]
pub struct Backward<'s, 'a, T> {
    /// The inputs, where the layer's facts say that backward reads them.
    pub x: &'s [View<'a, T>],
    /// The outputs, where the layer's facts say so.
    pub y: &'s [View<'a, T>],
    /// The gradients of the outputs.
    pub dy: &'s [View<'a, T>],
    /// Where the gradients of the inputs go.
    pub dx: &'s mut [Grad<'a, T>],
    /// Where the gradients of the trainable weights go.
    pub dw: WeightGrads<'s, T>,
}

/// What is computed together with a layer, because nobody else reads what lies between: all of it in this order. After a
/// batch normalization that is an activation alone.
pub struct After<'a, T> {
    /// A normalization, at inference: it becomes a part of the weights.
    pub normalization: Option<(&'a BatchNormalization, &'a Weights<T>)>,
    /// An activation of single values, where the layer has none of its own.
    pub activation: Activation,
    /// A pooling; the activation before it must not fall anywhere.
    pub pool: Option<&'a dyn MaxPool>,
}

impl<T> After<'_, T> {
    /// Nothing.
    pub const NONE: Self = After { normalization: None, activation: Activation::Linear, pool: None };
}

/// A layer that takes the largest value of each window.
pub trait MaxPool: Sync {
    /// The sizes for inputs and outputs of these shapes.
    fn window(&self, batch: usize, x: &Shape, y: &Shape) -> Window;
}

/// The computation of a built-in layer.
///
/// An input gradient may be [unread](Grad::unread); weight gradients always are wanted. Results are the same bits for
/// any number of threads.
pub trait Kernel<T: Real>: Sync {
    /// Computes the outputs at inference.
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    );

    /// Computes the outputs in training, and keeps in `work` what backward will need.
    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        self.infer(pass, weights, x, y, work);
    }

    /// Computes the gradients of inputs and weights from those of the outputs.
    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work);

    /// Computes the output of the last of the layers `after` this one, at inference. Convolutions and batch normalization
    /// can.
    fn infer_with(
        &self,
        _: &Pass<'_>,
        _: &Weights<T>,
        _: &After<'_, T>,
        _: &View<'_, T>,
        _: &mut ViewMut<'_, T>,
        _: &mut Work,
    ) {
        unreachable!("this layer is not computed together with others")
    }

    /// The same in training, where no normalization may come between.
    fn train_with(
        &self,
        _: &Pass<'_>,
        _: &mut Weights<T>,
        _: &After<'_, T>,
        _: &View<'_, T>,
        _: &mut ViewMut<'_, T>,
        _: &mut Work,
    ) {
        unreachable!("this layer is not computed together with others")
    }

    /// Goes back through the last of the layers `after` this one, and then through this one.
    fn backward_with(&self, _: &Pass<'_>, _: &Weights<T>, _: &After<'_, T>, _: Backward<'_, '_, T>, _: &mut Work) {
        unreachable!("this layer is not computed together with others")
    }
}

/// A layer whose kernels are compiled in this crate, one an element type.
///
/// Not a supertrait of [`Real`] for each layer: the compiler goes through all supertraits of a bound at every call.
pub trait Compiled {
    /// The kernel for `f32`.
    fn single(&self) -> &dyn Kernel<f32>;

    /// The kernel for `f64`.
    fn double(&self) -> &dyn Kernel<f64>;
}

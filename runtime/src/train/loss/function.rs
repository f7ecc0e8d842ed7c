//! A formula of one's own.

use std::fmt;

use formwork_shape::Shape;

use super::elementwise::Point;
use super::{Comparison, Loss, Losses, Options, options, reduce};
use crate::Real;
use crate::train::{Accepts, DenseFor, Fits};

/// The mean of a formula of your own: a function that is given a number of the output and the target's number in its place,
/// and returns the loss and its slope, the derivative with respect to the number of the output.
///
/// ```
/// use formwork::prelude::*;
///
/// // What 90 of 100 targets lie below: an output that is too low costs nine times as much as one that is too high.
/// let pinball = LossFunction::new("pinball", |y, t| if t > y { (0.9 * (t - y), -0.9) } else { (0.1 * (y - t), 0.1) });
///
/// model!(fn Demand(x: Input<4>) -> Output<1> { Dense(1)(x) });
/// let model = Demand::new(1).compile(Adam::new(1e-3), pinball);
/// ```
///
/// Weights of samples, padding and the reduction are taken care of. A loss that looks at more than one number at a time
/// implements [`Loss`].
#[derive(Clone)]
pub struct LossFunction<F> {
    name: &'static str,
    options: Options,
    function: F,
}

impl<F: Fn(f64, f64) -> (f64, f64) + Send + Sync> LossFunction<F> {
    /// The loss of this name, as reports have it.
    pub fn new(name: &'static str, function: F) -> Self {
        LossFunction { name, options: Options::default(), function }
    }
}

options! { LossFunction<F> }

impl<F> fmt::Debug for LossFunction<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LossFunction").field("name", &self.name).field("options", &self.options).finish_non_exhaustive()
    }
}

impl<F: Fn(f64, f64) -> (f64, f64) + Send + Sync> Point for LossFunction<F> {
    fn point<T: Real>(&self, y: T, truth: T) -> (T, T) {
        let (loss, slope) = (self.function)(y.wide(), truth.wide());
        (T::of(loss), T::of(slope))
    }
}

impl<T: Real, F: Fn(f64, f64) -> (f64, f64) + Send + Sync> Loss<T> for LossFunction<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn weight(&self) -> f64 {
        self.options.weight
    }

    fn check(&self, output: &Shape) -> Result<(), String> {
        self.options.check(output)
    }

    fn compute(&self, batch: Comparison<'_, T>) -> f64 {
        reduce::compute(self, &self.options, batch)
    }

    fn each(&self, batch: Comparison<'_, T>, losses: &mut [T]) {
        reduce::each(self, &self.options, batch, losses);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Real, F: Fn(f64, f64) -> (f64, f64) + Send + Sync> Losses<T> for LossFunction<F> {
    fn each(&self) -> impl AsRef<[&dyn Loss<T>]> {
        [self as &dyn Loss<T>]
    }
}

impl<O, F> Fits<O> for LossFunction<F> {}
impl<O, Y: DenseFor<O>, F> Accepts<O, Y> for LossFunction<F> {}

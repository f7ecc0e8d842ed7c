//! Losses of areas: how much of an output and of its target overlap.

use formwork_shape::Shape;

use super::axes::Axes;
use super::options::within;
use super::reduce::EPSILON;
use super::{Formula, Options, Truth, loss, options};
use crate::Real;
use crate::train::{Accepts, DenseFor, Fits};

/// One minus twice the overlap of output and target over what both cover: `1 - 2 sum(y t) / (sum(y) + sum(t))`.
///
/// Milletari et al. (2016), <https://arxiv.org/abs/1606.04797>.
#[derive(Clone, Debug)]
pub struct Dice {
    options: Options,
}

/// [`Dice`] that weighs what is missed and what is too much apart:
/// `1 - sum(y t) / (sum(y t) + alpha sum((1 - y) t) + beta sum(y (1 - t)))`.
///
/// Salehi et al. (2017), <https://arxiv.org/abs/1706.05721>.
#[derive(Clone, Debug)]
pub struct Tversky {
    options: Options,
    alpha: f64,
    beta: f64,
}

impl Dice {
    /// The loss `dice` of whole batches.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Dice { options: Options { axes: None, ..Options::default() } }
    }
}

impl Tversky {
    /// The loss `tversky` of whole batches; alpha and beta are 0.5.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Tversky { options: Options { axes: None, ..Options::default() }, alpha: 0.5, beta: 0.5 }
    }

    /// What counts that is in the target and not in the output; 0.5 by default.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// What counts that is in the output and not in the target; 0.5 by default.
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }
}

macro_rules! overlaps {
    ($($loss:ident, $name:literal;)*) => { $(
        impl $loss {
            /// The axes that one overlap is taken of, the batch being 0: `axis([1, 2, 3])` for each image by itself,
            /// `axis([1, 2])` for each channel of each, `axis(-1)` for the last one. All by default: one overlap a batch.
            pub fn axis(mut self, axes: impl Into<Axes>) -> Self {
                self.options.axes = Some(axes.into());
                self
            }
        }

        options! { $loss }
        loss! { $loss, $name }
        impl<O> Fits<O> for $loss {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $loss {}
    )* };
}

overlaps! {
    Dice, "dice";
    Tversky, "tversky";
}

/// The sums of `y t`, of `t` and of `y`.
#[inline(always)]
fn sums<T: Real>(y: &[T], t: &[T]) -> (T, T, T) {
    let (mut both, mut truth, mut said) = (T::zero(), T::zero(), T::zero());
    for (y, t) in y.iter().zip(t) {
        (both, truth, said) = (both + *y * *t, truth + *t, said + *y);
    }
    (both, truth, said)
}

impl Formula for Dice {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let t = truth.row();
        let (both, truth, said) = sums(y, t);
        let (two, all) = (T::of(2.0), truth + said + T::of(EPSILON));
        let dice = two * both / all;
        if let Some(dy) = dy {
            dy.iter_mut().zip(t).for_each(|(d, t)| *d = (dice - two * *t) / all);
        }
        T::one() - dice
    }
}

impl Formula for Tversky {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let t = truth.row();
        let (alpha, beta) = (T::of(self.alpha), T::of(self.beta));
        let (both, truth, said) = sums(y, t);
        let all = both + alpha * (truth - both) + beta * (said - both) + T::of(EPSILON);
        let share = both / all;
        if let Some(dy) = dy {
            for (d, t) in dy.iter_mut().zip(t) {
                let slope = *t - alpha * *t + beta * (T::one() - *t);
                *d = (share * slope - *t) / all;
            }
        }
        T::one() - share
    }

    fn check(&self, _: &Shape) -> Result<(), String> {
        within("alpha", self.alpha, 0.0..=f64::MAX)?;
        within("beta", self.beta, 0.0..=f64::MAX)
    }
}

//! Cross-entropy between classes.

use std::marker::PhantomData;

use formwork_shape::Shape;

use super::options::within;
use super::reduce::{EPSILON, clip};
use super::{Formula, FromLogits, Options, Probabilities, Truth, axis, loss, options};
use crate::Real;
use crate::train::{Accepts, ClassLogits, ClassProbabilities, DenseFor, Fits, IdsFor, Output, SeveralClasses};

/// The cross-entropy between one-hot rows (or distributions) `t` and probabilities `p`: `-sum(t ln p)`.
///
/// Made by `new()` it takes the probabilities of a softmax, divides them by their sum and keeps them off 0 and 1 by 1e-7;
/// made by [`from_logits()`](CategoricalCrossentropy::from_logits) it takes numbers and applies a stable log-softmax.
#[derive(Clone, Debug)]
pub struct CategoricalCrossentropy<I = Probabilities> {
    options: Options,
    smoothing: f64,
    input: PhantomData<fn() -> I>,
}

/// The cross-entropy between class ids `c` and probabilities `p`: `-ln p[c]`.
///
/// Made by `new()` it takes the probabilities of a softmax and keeps them off 0 and 1 by 1e-7; made by
/// [`from_logits()`](SparseCategoricalCrossentropy::from_logits) it takes numbers and applies a stable log-softmax.
#[derive(Clone, Debug)]
pub struct SparseCategoricalCrossentropy<I = Probabilities> {
    options: Options,
    ignore: Option<i64>,
    input: PhantomData<fn() -> I>,
}

macro_rules! constructors {
    ($loss:ident { $($field:ident: $value:expr),* }) => {
        impl $loss {
            /// For an output that ends in a softmax.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                $loss { options: Options::default(), $($field: $value,)* input: PhantomData }
            }
        }

        impl $loss<FromLogits> {
            /// For an output without activation.
            pub fn from_logits() -> Self {
                $loss { options: Options::default(), $($field: $value,)* input: PhantomData }
            }
        }

        options! { $loss<I> }
        axis! { $loss<I> }

        impl<const W: usize, A: ClassProbabilities<C>, C: SeveralClasses> Fits<Output<W, A, C>> for $loss {}
        impl<const W: usize, A: ClassLogits<C>, C: SeveralClasses> Fits<Output<W, A, C>> for $loss<FromLogits> {}
    };
}

constructors! { CategoricalCrossentropy { smoothing: 0.0 } }
constructors! { SparseCategoricalCrossentropy { ignore: None } }

impl<I, O, Y: DenseFor<O>> Accepts<O, Y> for CategoricalCrossentropy<I> {}
impl<I, O, Y: IdsFor<O>> Accepts<O, Y> for SparseCategoricalCrossentropy<I> {}

impl<I> CategoricalCrossentropy<I> {
    /// Takes this share of every target's certainty, from 0 to 1, and spreads it over all classes; 0 by default. As in Keras
    /// each class gets this share divided by the length of the last axis, also where [`axis`](Self::axis) is another one.
    pub fn label_smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    #[inline(always)]
    fn smooth<T: Real>(&self, classes: usize) -> (T, T) {
        (T::of(1.0 - self.smoothing), T::of(self.smoothing / classes as f64))
    }
}

impl<I> SparseCategoricalCrossentropy<I> {
    /// Positions of this class count nothing, and the mean is over the others. It may be no class of the output, such as
    /// -1 or 255.
    pub fn ignore_class(mut self, class: impl Into<i64>) -> Self {
        self.ignore = Some(class.into());
        self
    }

    /// The id as it is stored.
    fn ignored_id(&self) -> Option<u32> {
        self.ignore.and_then(|class| u32::try_from(class).or(i32::try_from(class).map(|class| class as u32)).ok())
    }

    fn settings(&self) -> Result<(), String> {
        match self.ignore.filter(|_| self.ignored_id().is_none()) {
            Some(class) => Err(format!("has ignore_class = {class}: give a class id, such as -1 or 255")),
            None => Ok(()),
        }
    }
}

/// `ln sum(exp y)`, and what each `exp` was taken of: `y - max`.
#[inline(always)]
fn log_sum_exp<T: Real>(y: &[T]) -> T {
    let max = y.iter().fold(T::neg_infinity(), |a, b| a.max(*b));
    y.iter().fold(T::zero(), |sum, y| sum + (*y - max).exp()).ln() + max
}

impl Formula for CategoricalCrossentropy<FromLogits> {
    fn check(&self, _: &Shape) -> Result<(), String> {
        within("label_smoothing", self.smoothing, 0.0..=1.0)
    }

    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let (keep, add) = self.smooth::<T>(truth.smoothed_over());
        let log = log_sum_exp(y);
        let mut loss = T::zero();
        let mut total = T::zero();
        for (y, t) in y.iter().zip(truth.row()) {
            let t = *t * keep + add;
            loss += t * (log - *y);
            total += t;
        }
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(truth.row()) {
                *d = (*y - log).exp() * total - (*t * keep + add);
            }
        }
        loss
    }
}

impl Formula for CategoricalCrossentropy {
    fn check(&self, _: &Shape) -> Result<(), String> {
        within("label_smoothing", self.smoothing, 0.0..=1.0)
    }

    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let (keep, add) = self.smooth::<T>(truth.smoothed_over());
        let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
        let sum = y.iter().fold(T::zero(), |a, b| a + *b);
        let mut loss = T::zero();
        // The sum of q dL/dq, where q = y / sum: what the division passes on to every y.
        let mut shared = T::zero();
        for (y, t) in y.iter().zip(truth.row()) {
            let t = *t * keep + add;
            let q = *y / sum;
            loss -= t * clip(q, low, high).ln();
            if q >= low && q <= high {
                shared -= t;
            }
        }
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(truth.row()) {
                let q = *y / sum;
                let slope = if q >= low && q <= high { -(*t * keep + add) / q } else { T::zero() };
                *d = (slope - shared) / sum;
            }
        }
        loss
    }
}

impl Formula for SparseCategoricalCrossentropy<FromLogits> {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let class = truth.class() as usize;
        let log = log_sum_exp(y);
        if let Some(dy) = dy {
            dy.iter_mut().zip(y).for_each(|(d, y)| *d = (*y - log).exp());
            dy[class] -= T::one();
        }
        log - y[class]
    }

    fn ignored(&self) -> Option<u32> {
        self.ignored_id()
    }

    fn check(&self, _: &Shape) -> Result<(), String> {
        self.settings()
    }
}

impl Formula for SparseCategoricalCrossentropy {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let class = truth.class() as usize;
        let (low, high) = (T::of(EPSILON), T::one() - T::of(EPSILON));
        let sum = y.iter().fold(T::zero(), |sum, y| sum + clip(*y, low, high));
        if let Some(dy) = dy {
            for (place, (d, y)) in dy.iter_mut().zip(y).enumerate() {
                let slope = T::one() / sum - if place == class { T::one() / *y } else { T::zero() };
                *d = if *y >= low && *y <= high { slope } else { T::zero() };
            }
        }
        sum.ln() - clip(y[class], low, high).ln()
    }

    fn ignored(&self) -> Option<u32> {
        self.ignored_id()
    }

    fn check(&self, _: &Shape) -> Result<(), String> {
        self.settings()
    }
}

loss! { CategoricalCrossentropy, "categorical_crossentropy" }
loss! { CategoricalCrossentropy<FromLogits>, "categorical_crossentropy" }
loss! { SparseCategoricalCrossentropy, "sparse_categorical_crossentropy", ClassIds }
loss! { SparseCategoricalCrossentropy<FromLogits>, "sparse_categorical_crossentropy", ClassIds }

/// `(1 - p^q) / q` of the probability `p` that a softmax gives the class id: between the cross-entropy (small `q`) and the
/// mean absolute error (`q` near 1), for labels some of which are wrong.
///
/// Zhang and Sabuncu (2018), <https://arxiv.org/abs/1805.07836>.
#[derive(Clone, Debug)]
pub struct CategoricalGeneralizedCrossEntropy {
    options: Options,
    q: f64,
}

impl CategoricalGeneralizedCrossEntropy {
    /// For an output that ends in a softmax; `q` is 0.5.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        CategoricalGeneralizedCrossEntropy { options: Options::default(), q: 0.5 }
    }

    /// Above 0 and below 1; 0.5 by default.
    pub fn q(mut self, q: f64) -> Self {
        self.q = q;
        self
    }
}

impl Formula for CategoricalGeneralizedCrossEntropy {
    fn check(&self, _: &Shape) -> Result<(), String> {
        if self.q > 0.0 && self.q < 1.0 {
            return Ok(());
        }
        Err(format!("has q = {}: give a number above 0 and below 1, such as 0.5", self.q))
    }

    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let (class, q) = (truth.class() as usize, T::of(self.q));
        let p = y[class];
        if let Some(dy) = dy {
            dy.fill(T::zero());
            dy[class] = -p.powf(q - T::one());
        }
        (T::one() - p.powf(q)) / q
    }
}

options! { CategoricalGeneralizedCrossEntropy }
loss! { CategoricalGeneralizedCrossEntropy, "categorical_generalized_cross_entropy", ClassIds }
impl<const W: usize, A: ClassProbabilities<C>, C: SeveralClasses> Fits<Output<W, A, C>>
    for CategoricalGeneralizedCrossEntropy
{
}
impl<O, Y: IdsFor<O>> Accepts<O, Y> for CategoricalGeneralizedCrossEntropy {}

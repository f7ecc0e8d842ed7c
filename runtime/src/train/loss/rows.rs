//! Losses that compare whole rows of the last axis.

use super::reduce::{EPSILON, clip};
use super::{Formula, Options, Truth, axis, loss, options};
use crate::Real;
use crate::train::{Accepts, DenseFor, Fits};

macro_rules! rows {
    ($($(#[$doc:meta])* $loss:ident, $name:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $loss {
            options: Options,
        }

        impl $loss {
            #[doc = concat!("The loss `", $name, "`.")]
            pub fn new() -> Self {
                Self::default()
            }
        }

        options! { $loss }
        loss! { $loss, $name }
        impl<O> Fits<O> for $loss {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $loss {}
    )* };
}

rows! {
    /// Minus the cosine of the angle between `y` and `t`: -1 where they point the same way, 1 where they are opposite.
    CosineSimilarity, "cosine_similarity";

    /// How far distributions `y` are from `t`: `sum(t ln(t / y))`, with both kept between 1e-7 and 1.
    KLDivergence, "kl_divergence";

    /// `max(neg - pos + 1, 0)`, where `pos` is the output of the true class and `neg` the largest of the others.
    CategoricalHinge, "categorical_hinge";
}

axis! { CosineSimilarity }

impl Formula for CosineSimilarity {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let t = truth.row();
        let ((y_scale, free), (t_scale, _)) = (scale(y), scale(t));
        let cosine = y.iter().zip(t).fold(T::zero(), |sum, (y, t)| sum + *y * *t) * y_scale * t_scale;
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(t) {
                let along = if free { *y * y_scale * cosine } else { T::zero() };
                *d = (along - *t * t_scale) * y_scale;
            }
        }
        -cosine
    }
}

/// 1 over the length of `x`, at most 1e7, and whether it is less than that.
fn scale<T: Real>(x: &[T]) -> (T, bool) {
    let length = x.iter().fold(T::zero(), |sum, x| sum + *x * *x).sqrt();
    // NaN counts as free, so that it stays visible.
    let free = length >= T::of(EPSILON) || length.is_nan();
    (if free { T::one() / length } else { T::of(1.0 / EPSILON) }, free)
}

impl Formula for KLDivergence {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let (low, high) = (T::of(EPSILON), T::one());
        let mut loss = T::zero();
        for (y, t) in y.iter().zip(truth.row()) {
            let t = clip(*t, low, high);
            loss += t * (t / clip(*y, low, high)).ln();
        }
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(truth.row()) {
                let outside = *y < low || *y > high;
                *d = if outside { T::zero() } else { -clip(*t, low, high) / *y };
            }
        }
        loss
    }
}

impl Formula for CategoricalHinge {
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let t = truth.row();
        let (mut pos, mut neg, mut ties) = (T::zero(), T::neg_infinity(), T::zero());
        for (y, t) in y.iter().zip(t) {
            pos += *y * *t;
            let other = (T::one() - *t) * *y;
            if other > neg {
                (neg, ties) = (other, T::one());
            } else if other == neg {
                ties += T::one();
            }
        }
        let gap = neg - pos + T::one();
        if let Some(dy) = dy {
            for ((d, y), t) in dy.iter_mut().zip(y).zip(t) {
                let other = T::one() - *t;
                let share = if other * *y == neg { other / ties } else { T::zero() };
                *d = if gap < T::zero() { T::zero() } else { share - *t };
            }
        }
        if gap < T::zero() { T::zero() } else { gap }
    }
}

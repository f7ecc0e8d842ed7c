//! Losses that compare number with number and take the mean over the last axis.

use formwork_shape::Shape;

use super::{Formula, Truth};
use crate::Real;
use crate::kernels::reduce;

/// The loss of one number, and its derivative.
pub(crate) trait Point: Sync {
    /// Does one number stand for one of two classes?
    const BINARY: bool = false;

    fn point<T: Real>(&self, y: T, truth: T) -> (T, T);

    /// Do the settings make sense?
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Numbers that are added up in their own precision.
const BLOCK: usize = 1 << 10;

impl<P: Point> Formula for P {
    const BINARY: bool = P::BINARY;

    // Two loops, of which each becomes vector instructions: the compiler leaves out the half of a point that is not asked for.
    fn numbers<T: Real>(&self, y: &[T], truth: &[T], width: usize, scale: T, dy: Option<&mut [T]>) -> Option<f64> {
        let share = T::one() / T::of(width as f64);
        if let Some(dy) = dy {
            let factor = share * scale;
            dy.iter_mut().zip(y.iter().zip(truth)).for_each(|(d, (y, t))| *d = self.point(*y, *t).1 * factor);
        }
        let block = |(y, truth)| reduce::fold([y, truth], T::zero(), |[y, t]| self.point(y, t).0, |a, b| a + b).wide();
        Some(y.chunks(BLOCK).zip(truth.chunks(BLOCK)).map(block).sum::<f64>() * share.wide())
    }

    #[inline(always)]
    fn row<T: Real>(&self, y: &[T], truth: Truth<'_, T>, dy: Option<&mut [T]>) -> T {
        let share = T::one() / T::of(y.len() as f64);
        let pairs = y.iter().zip(truth.row());
        let mut sum = T::zero();
        match dy {
            Some(dy) => {
                for ((y, t), d) in pairs.zip(dy) {
                    let (loss, slope) = self.point(*y, *t);
                    sum += loss;
                    *d = slope * share;
                }
            }
            None => pairs.for_each(|(y, t)| sum += self.point(*y, *t).0),
        }
        sum * share
    }

    fn check(&self, _: &Shape) -> Result<(), String> {
        Point::check(self)
    }
}

/// Declares a loss without settings of its own, by its formula for one number.
macro_rules! elementwise {
    ($(#[$doc:meta])* $loss:ident, $name:literal, $(BINARY = $binary:literal,)? |$y:ident, $t:ident| $point:expr) => {
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

        impl Point for $loss {
            $(const BINARY: bool = $binary;)?

            #[inline(always)]
            fn point<T: Real>(&self, $y: T, $t: T) -> (T, T) {
                $point
            }
        }

        options! { $loss }
        loss! { $loss, $name }
        impl<O> Fits<O> for $loss {}
        impl<O, Y: DenseFor<O>> Accepts<O, Y> for $loss {}
    };
}
pub(super) use elementwise;

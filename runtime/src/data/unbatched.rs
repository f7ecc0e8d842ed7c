//! What the compiler says where batches are treated as samples.

use super::batches::{Batch, Batches};
use super::padding::Padding;
use crate::Result;
use crate::random::Random;

/// What still works on single samples.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the samples are in batches already",
    label = "works on samples, not on batches",
    note = "hint: batch last, and once: `.shuffle(1_000, SEED).map(..).batch(32)`",
    note = "hint: only `drop_remainder`, `take`, `skip` and `prefetch` come after it"
)]
pub trait Unbatched {}

/// None of these methods can be called: nothing is unbatched.
impl<X, Y> Batches<'_, X, Y> {
    #[doc(hidden)]
    pub fn batch(self, _: usize) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn padded_batch(self, _: usize) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn padded_batch_with(self, _: usize, _: Padding) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn padded(self, _: usize) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn shuffle(self, _: usize, _: u64) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn map<R, F: Fn(Batch<X, Y>) -> R>(self, _: F) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn try_map<R, F: Fn(Batch<X, Y>) -> R>(self, _: F) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn map_random<R, F: Fn(Batch<X, Y>, &mut Random) -> R>(self, _: u64, _: F) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn filter<F: Fn(&Batch<X, Y>) -> bool>(self, _: F) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn cache(self) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn repeat(self, _: usize) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn repeat_forever(self) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn zip<Z>(self, _: Z) -> Self
    where
        Self: Unbatched,
    {
        self
    }

    #[doc(hidden)]
    pub fn split(self, _: f64) -> Result<(Self, Self)>
    where
        Self: Unbatched,
    {
        Ok((self.clone(), self))
    }

    #[doc(hidden)]
    pub fn sample_weights<W>(self, _: W) -> Result<Self>
    where
        Self: Unbatched,
    {
        Ok(self)
    }
}

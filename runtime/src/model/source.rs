//! Arrays at the boundary of a model, as the user gave them.

use std::fmt::Display;

use ndarray::{ArrayBase, ArrayRef, Axis, Data, RemoveAxis};

use super::input::{InputArray, Place};
use crate::Real;

/// A batch of numbers.
pub trait Numbers<T>: Sync {
    /// The lengths of all axes, the batch first.
    fn dims(&self) -> &[usize];

    /// The numbers, if they lie row after row.
    fn contiguous(&self) -> Option<&[T]>;

    /// Copies row `row` to `target`.
    fn copy_row(&self, row: usize, target: &mut [T]);
}

/// A batch of whole numbers of some integer type.
pub trait Ids: Sync {
    /// The lengths of all axes, the batch first.
    fn dims(&self) -> &[usize];

    /// Copies row `row` to `target`; the first value that is no `u32` is returned as text.
    fn copy_row(&self, row: usize, target: &mut [u32]) -> Result<(), String>;

    /// As [`copy_row`](Ids::copy_row), but numbers below 0 are stored as an `i32` is.
    fn copy_labels(&self, row: usize, target: &mut [u32]) -> Result<(), String>;
}

/// One input or target of a batch.
#[derive(Clone, Copy)]
pub enum Source<'a, T> {
    /// Numbers of the model's element type.
    Numbers(&'a dyn Numbers<T>),
    /// Ids or class labels.
    Ids(&'a dyn Ids),
}

impl<T> std::fmt::Debug for Source<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Source").field(&self.dims()).finish()
    }
}

impl<T> Source<'_, T> {
    /// The lengths of all axes, the batch first.
    pub fn dims(&self) -> &[usize] {
        match self {
            Source::Numbers(numbers) => numbers.dims(),
            Source::Ids(ids) => ids.dims(),
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.dims().first().copied().unwrap_or(0)
    }
}

impl<T: Real, D: RemoveAxis> Numbers<T> for &ArrayRef<T, D> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn contiguous(&self) -> Option<&[T]> {
        self.as_slice()
    }

    fn copy_row(&self, row: usize, target: &mut [T]) {
        match self.as_slice() {
            Some(data) => target.copy_from_slice(&data[row * target.len()..][..target.len()]),
            None => target.iter_mut().zip(self.index_axis(Axis(0), row).iter()).for_each(|(t, v)| *t = *v),
        }
    }
}

/// A mask: true is read as 1, false as 0.
impl<T: Real, D: RemoveAxis> Numbers<T> for &ArrayRef<bool, D> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn contiguous(&self) -> Option<&[T]> {
        None
    }

    fn copy_row(&self, row: usize, target: &mut [T]) {
        let flags = self.index_axis(Axis(0), row);
        target.iter_mut().zip(&flags).for_each(|(t, flag)| *t = T::of(f64::from(*flag)));
    }
}

impl<T: Real, M: Place<I, Axes: RemoveAxis>, const I: usize> Numbers<T> for &dyn InputArray<T, M, I> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn contiguous(&self) -> Option<&[T]> {
        self.as_slice()
    }

    fn copy_row(&self, row: usize, target: &mut [T]) {
        Numbers::copy_row(&self.array(), row, target);
    }
}

/// A mask: true is read as 1, false as 0.
impl<T: Real, M: Place<I, Axes: RemoveAxis>, const I: usize> Numbers<T> for &dyn InputArray<bool, M, I> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn contiguous(&self) -> Option<&[T]> {
        None
    }

    fn copy_row(&self, row: usize, target: &mut [T]) {
        Numbers::copy_row(&self.array(), row, target);
    }
}

impl<T: Real, S: Data<Elem = T> + Sync, D: RemoveAxis> Numbers<T> for ArrayBase<S, D, T> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn contiguous(&self) -> Option<&[T]> {
        self.as_slice()
    }

    fn copy_row(&self, row: usize, target: &mut [T]) {
        let array: &ArrayRef<T, D> = self;
        Numbers::copy_row(&array, row, target);
    }
}

/// An integer type that ids may have: any that Rust has but the 128-bit ones.
pub trait Whole: Copy + Display + Sync + 'static {
    /// Copies `from` to `to`; says where the first value is that is no `u32`.
    fn copy(from: &[Self], to: &mut [u32]) -> Option<usize>;

    /// This number; one below 0 as an `i32` is stored.
    fn label(self) -> Option<u32>;
}

macro_rules! whole {
    ($($integer:ty)*) => { $(
        impl Whole for $integer {
            fn copy(from: &[Self], to: &mut [u32]) -> Option<usize> {
                for (place, (from, to)) in from.iter().zip(to).enumerate() {
                    match u32::try_from(*from) {
                        Ok(id) => *to = id,
                        Err(_) => return Some(place),
                    }
                }
                None
            }

            fn label(self) -> Option<u32> {
                u32::try_from(self).or(i32::try_from(self).map(|label| label as u32)).ok()
            }
        }
    )* };
}

whole! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

/// A mask: true is read as 1, false as 0.
impl<T: Real, S: Data<Elem = bool> + Sync, D: RemoveAxis> Numbers<T> for ArrayBase<S, D, bool> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn contiguous(&self) -> Option<&[T]> {
        None
    }

    fn copy_row(&self, row: usize, target: &mut [T]) {
        let array: &ArrayRef<bool, D> = self;
        Numbers::copy_row(&array, row, target);
    }
}

impl<I: Whole, D: RemoveAxis> Ids for &ArrayRef<I, D> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn copy_row(&self, row: usize, target: &mut [u32]) -> Result<(), String> {
        let len = target.len();
        if let Some(data) = self.as_slice() {
            let from = &data[row * len..][..len];
            return I::copy(from, target).map_or(Ok(()), |place| Err(from[place].to_string()));
        }
        for (target, id) in target.iter_mut().zip(self.index_axis(Axis(0), row).iter()) {
            I::copy(&[*id], std::slice::from_mut(target)).map_or(Ok(()), |_| Err(id.to_string()))?;
        }
        Ok(())
    }

    fn copy_labels(&self, row: usize, target: &mut [u32]) -> Result<(), String> {
        for (target, id) in target.iter_mut().zip(self.index_axis(Axis(0), row).iter()) {
            *target = id.label().ok_or_else(|| id.to_string())?;
        }
        Ok(())
    }
}

impl<E: Whole, M: Place<I, Axes: RemoveAxis>, const I: usize> Ids for &dyn InputArray<E, M, I> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn copy_row(&self, row: usize, target: &mut [u32]) -> Result<(), String> {
        Ids::copy_row(&self.array(), row, target)
    }

    fn copy_labels(&self, row: usize, target: &mut [u32]) -> Result<(), String> {
        Ids::copy_labels(&self.array(), row, target)
    }
}

impl<I: Whole, S: Data<Elem = I> + Sync, D: RemoveAxis> Ids for ArrayBase<S, D> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn copy_row(&self, row: usize, target: &mut [u32]) -> Result<(), String> {
        let array: &ArrayRef<I, D> = self;
        Ids::copy_row(&array, row, target)
    }

    fn copy_labels(&self, row: usize, target: &mut [u32]) -> Result<(), String> {
        let array: &ArrayRef<I, D> = self;
        Ids::copy_labels(&array, row, target)
    }
}

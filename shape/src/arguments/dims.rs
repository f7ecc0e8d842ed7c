//! Shapes and paddings.

use core::fmt::{Debug, Formatter, Result};

use crate::shape::MAX_RANK;
use crate::{Arg, Argument};

/// A list of dimensions of any length up to the largest rank, one of which may be -1: "what is left".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    len: usize,
    list: [isize; MAX_RANK],
}

impl Dims {
    /// The given dimensions, at most six.
    pub const fn of(dims: &[isize]) -> Dims {
        let mut list = [0; MAX_RANK];
        let mut i = 0;
        while i < dims.len() {
            list[i] = dims[i];
            i += 1;
        }
        Dims { len: dims.len(), list }
    }

    /// The dimensions as a slice.
    pub const fn as_slice(&self) -> &[isize] {
        crate::shape::first(&self.list, self.len)
    }
}

impl Debug for Dims {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Dims::of(&{:?})", self.as_slice())
    }
}

impl Argument for Dims {
    const PLACEHOLDER: Dims = Dims::of(&[1]);
    const WANT: &'static str = "a tuple of at most 6 integers such as (28, 28, 1)";
    const CONVERT: &'static str = "dims";
    const CONVERT_OPTIONAL: &'static str = "optional_dims";

    fn read(arg: &Arg<'_>) -> Option<Dims> {
        match arg {
            Arg::Int(_) => Some(Dims::of(&[isize::read(arg)?])),
            Arg::List(list) if list.len() <= MAX_RANK => {
                let mut dims = Dims { len: list.len(), list: [0; MAX_RANK] };
                for (dim, arg) in dims.list.iter_mut().zip(*list) {
                    *dim = isize::read(arg)?;
                }
                Some(dims)
            }
            _ => None,
        }
    }
}

macro_rules! dims_of_arrays {
    ($($t:ty),*) => { $(
        impl<const N: usize> crate::Value<[$t; N]> {
            /// The array as a list of dimensions.
            pub const fn dims(self) -> Dims {
                assert!(N <= MAX_RANK, "a shape has at most 6 axes besides the batch");
                let mut dims = Dims { len: N, list: [0; MAX_RANK] };
                let mut i = 0;
                while i < N {
                    dims.list[i] = self.0[i] as isize;
                    i += 1;
                }
                dims
            }

            /// The array as a list of dimensions, for an argument that may be left out.
            pub const fn optional_dims(self) -> Option<Dims> {
                Some(self.dims())
            }
        }
    )* };
}

dims_of_arrays! { usize, isize, i32 }

macro_rules! dims_of_tuples {
    ($(($($field:tt: $t:ty),*))*) => { $(
        impl crate::Value<($($t,)*)> {
            /// The tuple as a list of dimensions.
            pub const fn dims(self) -> Dims {
                Dims::of(&[$(self.0.$field as isize),*])
            }

            /// The tuple as a list of dimensions, for an argument that may be left out.
            pub const fn optional_dims(self) -> Option<Dims> {
                Some(self.dims())
            }
        }
    )* };
}

dims_of_tuples! {
    (0: usize)
    (0: usize, 1: usize)
    (0: usize, 1: usize, 2: usize)
    (0: usize, 1: usize, 2: usize, 3: usize)
    (0: usize, 1: usize, 2: usize, 3: usize, 4: usize)
    (0: isize)
    (0: isize, 1: isize)
    (0: isize, 1: isize, 2: isize)
    (0: isize, 1: isize, 2: isize, 3: isize)
}

impl crate::Value<usize> {
    /// One dimension.
    pub const fn dims(self) -> Dims {
        Dims::of(&[self.0 as isize])
    }

    /// One dimension, for an argument that may be left out.
    pub const fn optional_dims(self) -> Option<Dims> {
        Some(self.dims())
    }
}

/// Two numbers for each of two axes: before and after it.
impl Argument for [[usize; 2]; 2] {
    const PLACEHOLDER: Self = [[1; 2]; 2];
    const WANT: &'static str = "an integer, a pair such as (1, 2) or a pair of pairs such as ((1, 0), (2, 2))";
    const CONVERT: &'static str = "sides";

    fn read(arg: &Arg<'_>) -> Option<Self> {
        match arg {
            Arg::List([first, second]) => Some([<[usize; 2]>::read(first)?, <[usize; 2]>::read(second)?]),
            _ => Some([[usize::read(arg)?; 2]; 2]),
        }
    }
}

/// Two numbers for each of three axes: before and after it.
impl Argument for [[usize; 2]; 3] {
    const PLACEHOLDER: Self = [[1; 2]; 3];
    const WANT: &'static str =
        "an integer, a triple such as (1, 2, 1) or a triple of pairs such as ((1, 0), (2, 2), (0, 1))";
    const CONVERT: &'static str = "sides_of_three";

    fn read(arg: &Arg<'_>) -> Option<Self> {
        match arg {
            Arg::List([first, second, third]) => {
                Some([<[usize; 2]>::read(first)?, <[usize; 2]>::read(second)?, <[usize; 2]>::read(third)?])
            }
            _ => Some([[usize::read(arg)?; 2]; 3]),
        }
    }
}

impl crate::Value<usize> {
    /// The same number on all six sides.
    pub const fn sides_of_three(self) -> [[usize; 2]; 3] {
        [[self.0; 2]; 3]
    }
}

impl crate::Value<(usize, usize, usize)> {
    /// A number for both sides of each axis.
    pub const fn sides_of_three(self) -> [[usize; 2]; 3] {
        [[self.0.0; 2], [self.0.1; 2], [self.0.2; 2]]
    }
}

impl crate::Value<((usize, usize), (usize, usize), (usize, usize))> {
    /// A number for each side.
    pub const fn sides_of_three(self) -> [[usize; 2]; 3] {
        let ((front, back), (top, bottom), (left, right)) = self.0;
        [[front, back], [top, bottom], [left, right]]
    }
}

impl crate::Value<usize> {
    /// The same number on all four sides.
    pub const fn sides(self) -> [[usize; 2]; 2] {
        [[self.0; 2]; 2]
    }
}

impl crate::Value<(usize, usize)> {
    /// A number for both sides of each axis.
    pub const fn sides(self) -> [[usize; 2]; 2] {
        [[self.0.0; 2], [self.0.1; 2]]
    }
}

impl crate::Value<((usize, usize), (usize, usize))> {
    /// A number for each side.
    pub const fn sides(self) -> [[usize; 2]; 2] {
        let ((top, bottom), (left, right)) = self.0;
        [[top, bottom], [left, right]]
    }
}

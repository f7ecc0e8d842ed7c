//! Two numbers for each axis of a batch.

use core::fmt::{Debug, Formatter, Result};

use crate::shape::MAX_RANK;
use crate::{Arg, Argument, Value};

/// How much comes before and after each axis, the batch axis first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pairs {
    len: usize,
    list: [[usize; 2]; MAX_RANK + 1],
}

impl Pairs {
    /// The given pairs, at most seven.
    pub const fn of(pairs: &[[usize; 2]]) -> Pairs {
        let mut list = [[0; 2]; MAX_RANK + 1];
        let mut i = 0;
        while i < pairs.len() {
            list[i] = pairs[i];
            i += 1;
        }
        Pairs { len: pairs.len(), list }
    }

    /// The pairs as a slice.
    pub const fn as_slice(&self) -> &[[usize; 2]] {
        crate::shape::first(&self.list, self.len)
    }
}

impl Debug for Pairs {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Pairs::of(&{:?})", self.as_slice())
    }
}

impl Argument for Pairs {
    const PLACEHOLDER: Pairs = Pairs::of(&[]);
    const WANT: &'static str =
        "a pair for each axis, that of the batch first and (0, 0), such as ((0, 0), (1, 1), (2, 2))";
    const CONVERT: &'static str = "pairs";

    fn read(arg: &Arg<'_>) -> Option<Pairs> {
        let Arg::List(list) = arg else { return None };
        let mut pairs = Pairs { len: list.len(), list: [[0; 2]; MAX_RANK + 1] };
        if list.len() > pairs.list.len() {
            return None;
        }
        for (pair, arg) in pairs.list.iter_mut().zip(*list) {
            *pair = match arg {
                Arg::List([_, _]) => <[usize; 2]>::read(arg)?,
                _ => return None,
            };
        }
        Some(pairs)
    }
}

impl<const N: usize> Value<[[usize; 2]; N]> {
    /// The array as a list of pairs.
    pub const fn pairs(self) -> Pairs {
        Pairs::of(&self.0)
    }
}

macro_rules! pairs_of_tuples {
    ($(($($field:tt)*))*) => { $(
        impl Value<($(pairs_of_tuples!(@pair $field),)*)> {
            /// The tuple as a list of pairs.
            pub const fn pairs(self) -> Pairs {
                Pairs::of(&[$([self.0.$field.0, self.0.$field.1]),*])
            }
        }
    )* };
    (@pair $field:tt) => { (usize, usize) };
}

pairs_of_tuples! { (0 1) (0 1 2) (0 1 2 3) (0 1 2 3 4) }

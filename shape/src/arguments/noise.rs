//! Which values a random factor is shared by.

use core::fmt::{Debug, Formatter, Result};

use crate::shape::MAX_RANK;
use crate::{Arg, Argument, In, Msg};

/// Keras' `noise_shape`: the lengths of the factors of a dropout, the batch axis first. `None` stands for the length of the
/// input, 1 for one factor along the whole axis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    len: usize,
    /// 0 stands for `None`.
    list: [usize; Noise::MAX],
}

impl Noise {
    const MAX: usize = MAX_RANK + 1;

    /// Factors of the given lengths, where 0 stands for `None`.
    pub const fn of(lengths: &[usize]) -> Noise {
        let mut list = [0; Noise::MAX];
        let mut i = 0;
        while i < lengths.len() {
            list[i] = lengths[i];
            i += 1;
        }
        Noise { len: lengths.len(), list }
    }

    /// The lengths, where 0 stands for `None`.
    pub const fn as_slice(&self) -> &[usize] {
        self.list.split_at(self.len).0
    }

    /// Have all samples the same factors?
    pub const fn over_batch(&self) -> bool {
        self.list[0] == 1
    }

    /// Is there one factor along axis `axis` of a sample?
    pub const fn over(&self, axis: usize) -> bool {
        self.list[axis + 1] == 1
    }

    /// A length for each axis of `input` and the batch, each of them 1 or its own.
    pub(crate) const fn fits(&self, layer: &str, input: &In) -> core::result::Result<(), Msg> {
        let rank = input.shape.rank();
        if self.len != rank + 1 {
            return Err(Msg::new(layer)
                .text(" needs a noise_shape with a length for the batch and one for each axis, ")
                .number(rank + 1)
                .text(" in all, but got ")
                .number(self.len)
                .text(": ")
                .input(input)
                .hint("write None for an axis that keeps its length and 1 for one that shares a factor, as in (None, 1, None)"));
        }
        let mut i = 0;
        while i < rank {
            let length = self.list[i + 1];
            if length > 1 && length != input.shape.dim(i) {
                return Err(Msg::new(layer)
                    .text(" has ")
                    .number(length)
                    .text(" in its noise_shape, but axis ")
                    .number(i + 1)
                    .text(" has another length: ")
                    .input(input)
                    .hint("write None for an axis that keeps its length, or 1 for one that shares a factor"));
            }
            i += 1;
        }
        Ok(())
    }
}

impl Debug for Noise {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Noise::of(&{:?})", self.as_slice())
    }
}

impl Argument for Noise {
    const PLACEHOLDER: Noise = Noise::of(&[]);
    const WANT: &'static str = "a tuple such as (None, 1, None), the batch first";
    const CONVERT: &'static str = "noise";
    const CONVERT_OPTIONAL: &'static str = "optional_noise";

    fn read(arg: &Arg<'_>) -> Option<Noise> {
        let Arg::List(list) = arg else { return None };
        let mut noise = Noise { len: list.len(), list: [0; Noise::MAX] };
        if list.len() > Noise::MAX {
            return None;
        }
        for (length, arg) in noise.list.iter_mut().zip(*list) {
            *length = match arg {
                Arg::Word("None") => 0,
                arg => usize::read(arg).filter(|length| *length > 0)?,
            };
        }
        Some(noise)
    }
}

//! Where a tensor is cut.

use core::fmt::{Debug, Formatter, Result};

use super::Dims;
use crate::{Arg, Argument, Value};

/// Equal parts, or the places between parts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sections {
    /// So many equal parts.
    Parts(usize),
    /// The first place of each part but the first; those below 0 are counted from the end.
    At(Dims),
}

impl Debug for Sections {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Sections::Parts(parts) => write!(f, "Sections::Parts({parts})"),
            Sections::At(places) => write!(f, "Sections::At({places:?})"),
        }
    }
}

impl Argument for Sections {
    const PLACEHOLDER: Sections = Sections::Parts(1);
    const WANT: &'static str = "a number of equal parts, or a list of at most 6 places to cut at such as [2, 5]";
    const CONVERT: &'static str = "sections";
    const CONVERT_OPTIONAL: &'static str = "optional_sections";

    fn read(arg: &Arg<'_>) -> Option<Sections> {
        match arg {
            Arg::Int(_) => usize::read(arg).map(Sections::Parts),
            Arg::List([_, ..]) => Dims::read(arg).map(Sections::At),
            _ => None,
        }
    }
}

impl Value<usize> {
    /// So many equal parts.
    pub const fn sections(self) -> Sections {
        Sections::Parts(self.0)
    }
}

impl<const N: usize> Value<[usize; N]> {
    /// The places between parts.
    pub const fn sections(self) -> Sections {
        let mut places = [0; N];
        let mut i = 0;
        while i < N {
            places[i] = self.0[i] as isize;
            i += 1;
        }
        Sections::At(Dims::of(&places))
    }
}

impl Value<(usize,)> {
    /// The place between two parts.
    pub const fn sections(self) -> Sections {
        Sections::At(self.dims())
    }
}

impl Value<(usize, usize)> {
    /// The places between three parts.
    pub const fn sections(self) -> Sections {
        Sections::At(self.dims())
    }
}

impl Value<(usize, usize, usize)> {
    /// The places between four parts.
    pub const fn sections(self) -> Sections {
        Sections::At(self.dims())
    }
}

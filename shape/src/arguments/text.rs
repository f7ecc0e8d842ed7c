//! Texts.

use core::fmt::{Debug, Formatter, Result};

use crate::{Arg, Argument, Dims};

/// A short text of letters and signs, such as the equation of an `EinsumDense`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    len: usize,
    bytes: [u8; Text::MAX],
}

impl Text {
    const MAX: usize = 32;

    /// The method that converts a constant expression.
    pub const CONVERT: &'static str = "text";
    /// The same for a text that may be left out.
    pub const CONVERT_OPTIONAL: &'static str = "optional_text";

    /// The given text, at most 32 bytes of it.
    pub const fn of(text: &str) -> Text {
        let given = text.as_bytes();
        let mut bytes = [0; Text::MAX];
        let mut len = 0;
        while len < given.len() && len < Text::MAX {
            bytes[len] = given[len];
            len += 1;
        }
        Text { len, bytes }
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.len).0
    }

    /// The text, if all of it is ASCII.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.as_bytes()) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Debug for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Text::of({:?})", self.as_str())
    }
}

impl Argument for Text {
    const PLACEHOLDER: Text = Text::of("ab,bc->ac");
    const WANT: &'static str = "a text of at most 32 letters and signs in quotes";
    const CONVERT: &'static str = Text::CONVERT;
    const CONVERT_OPTIONAL: &'static str = Text::CONVERT_OPTIONAL;

    fn read(arg: &Arg<'_>) -> Option<Text> {
        match arg {
            Arg::Text(text) | Arg::Word(text) if text.is_ascii() && text.len() <= Text::MAX => Some(Text::of(text)),
            _ => None,
        }
    }
}

impl crate::Value<&str> {
    /// The text.
    pub const fn text(self) -> Text {
        Text::of(self.0)
    }

    /// The text, for an argument that may be left out.
    pub const fn optional_text(self) -> Option<Text> {
        Some(self.text())
    }
}

/// Dimensions, some of which are left open: `None` in Keras, and -1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OpenDims(pub Dims);

impl Debug for OpenDims {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "OpenDims({:?})", self.0)
    }
}

impl Argument for OpenDims {
    const PLACEHOLDER: OpenDims = OpenDims(Dims::PLACEHOLDER);
    const WANT: &'static str = "an integer or a tuple of at most 6 such as (None, 64)";
    const CONVERT: &'static str = "open_dims";

    fn read(arg: &Arg<'_>) -> Option<OpenDims> {
        let Arg::List(list) = arg else { return Dims::read(arg).map(OpenDims) };
        let mut dims = [0; crate::MAX_RANK];
        for (place, arg) in list.iter().enumerate() {
            *dims.get_mut(place)? = if matches!(arg, Arg::Word("None")) { -1 } else { isize::read(arg)? };
        }
        Some(OpenDims(Dims::of(&dims[..list.len()])))
    }
}

macro_rules! open_dims_of_tuples {
    ($(($($field:tt: $t:ident),*))*) => { $(
        impl crate::Value<($(open_dims_of_tuples!(@type $t),)*)> {
            /// The tuple as a list of dimensions.
            pub const fn open_dims(self) -> OpenDims {
                OpenDims(Dims::of(&[$(open_dims_of_tuples!(@dim $t self.0.$field)),*]))
            }
        }
    )* };
    (@type usize) => { usize };
    (@type open) => { Option<usize> };
    (@dim usize $dim:expr) => { $dim as isize };
    (@dim open $dim:expr) => {
        match $dim {
            Some(dim) => dim as isize,
            None => -1,
        }
    };
}

open_dims_of_tuples! {
    (0: usize)
    (0: usize, 1: usize)
    (0: open, 1: usize)
    (0: usize, 1: usize, 2: usize)
    (0: open, 1: usize, 2: usize)
}

impl crate::Value<usize> {
    /// One dimension.
    pub const fn open_dims(self) -> OpenDims {
        OpenDims(Dims::of(&[self.0 as isize]))
    }
}

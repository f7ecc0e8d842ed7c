//! What happens to images, and at their edges.

use core::fmt::{Debug, Formatter, Result};

use crate::{Arg, Argument};

words! {
    /// What happens where a window reaches over the edge.
    Padding = "a padding" {
        /// Windows stay inside the input.
        Valid = valid,
        /// The input is padded so that the output has ⌈length / stride⌉ positions.
        Same = same,
        /// As same, but all padding comes first: a step sees no later one. For Conv1D.
        Causal = causal,
    }
}

words! {
    /// Which axis holds the channels.
    DataFormat = "a data format" {
        /// (batch, spatial.., channels)
        ChannelsLast = channels_last,
    }
}

words! {
    /// Where the values between two neighbours come from.
    Interpolation = "an interpolation" {
        /// The nearest neighbour.
        Nearest = nearest,
        /// A straight line between neighbours, on each axis.
        Bilinear = bilinear,
        /// A cubic curve through four neighbours, on each axis.
        Bicubic = bicubic,
        /// The Lanczos kernel of radius 3, on each axis.
        Lanczos3 = lanczos3,
        /// The Lanczos kernel of radius 5, on each axis.
        Lanczos5 = lanczos5,
    }
}

words! {
    /// Along which axes images are turned round.
    FlipMode = "a flip mode" {
        /// Left and right.
        Horizontal = horizontal,
        /// Top and bottom.
        Vertical = vertical,
        /// Each of both.
        HorizontalAndVertical = horizontal_and_vertical,
    }
}

words! {
    /// What lies beyond the edge of an image.
    FillMode = "a fill mode" {
        /// The image in a mirror at its edge: d c b a | a b c d | d c b a
        Reflect = reflect,
        /// The image again: a b c d | a b c d | a b c d
        Wrap = wrap,
        /// A number.
        Constant = constant,
        /// The last place: a a a a | a b c d | d d d d
        Nearest = nearest,
    }
}

/// Between which limits a random factor is drawn: a number `f` stands for -f to f.
#[derive(Clone, Copy, PartialEq)]
pub enum Factor {
    /// -f to f
    Around(f64),
    /// From the first to the second.
    Between(f64, f64),
}

impl Factor {
    /// The limits.
    pub const fn limits(self) -> [f64; 2] {
        match self {
            Factor::Around(f) => [-f.abs(), f.abs()],
            Factor::Between(a, b) => {
                if a <= b {
                    [a, b]
                } else {
                    [b, a]
                }
            }
        }
    }
}

impl Debug for Factor {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Factor::Around(x) => write!(f, "Factor::Around({x:?})"),
            Factor::Between(a, b) => write!(f, "Factor::Between({a:?}, {b:?})"),
        }
    }
}

impl Argument for Factor {
    const PLACEHOLDER: Factor = Factor::Around(0.0);
    const WANT: &'static str = "a number or a pair of numbers such as (-0.2, 0.3)";
    const CONVERT: &'static str = "factor";
    const CONVERT_OPTIONAL: &'static str = "optional_factor";

    fn read(arg: &Arg<'_>) -> Option<Factor> {
        match arg {
            Arg::List([a, b]) => Some(Factor::Between(f64::read(a)?, f64::read(b)?)),
            _ => Some(Factor::Around(f64::read(arg)?)),
        }
    }
}

impl crate::Value<f64> {
    /// Both limits.
    pub const fn factor(self) -> Factor {
        Factor::Around(self.0)
    }

    /// Both limits, for an argument that may be left out.
    pub const fn optional_factor(self) -> Option<Factor> {
        Some(self.factor())
    }
}

impl crate::Value<(f64, f64)> {
    /// Both limits.
    pub const fn factor(self) -> Factor {
        Factor::Between(self.0.0, self.0.1)
    }

    /// Both limits, for an argument that may be left out.
    pub const fn optional_factor(self) -> Option<Factor> {
        Some(self.factor())
    }
}

//! What arguments can be besides numbers: words such as activations and paddings, lists, initializers.

/// Declares an argument that is one of several words, written in Keras' spelling.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident = $want:literal { $($(#[$doc:meta])* $variant:ident = $word:ident $(| $alias:ident)*),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// Keras' word for it.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => stringify!($word)),* }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self { $($name::$variant => f.write_str(concat!(stringify!($name), "::", stringify!($variant)))),* }
            }
        }

        impl $crate::Argument for $name {
            const PLACEHOLDER: Self = words!(@first $($name::$variant),*);
            const WANT: &'static str = $want;
            const WORDS: &'static [&'static str] = &[$(stringify!($word)),*];

            fn read(arg: &$crate::Arg<'_>) -> Option<Self> {
                match arg {
                    $($crate::Arg::Word(word) if *word == stringify!($word) $(|| *word == stringify!($alias))* => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
    (@first $first:expr $(, $rest:expr)*) => { $first };
}

mod activation;
mod attention;
mod dims;
mod images;
mod initializer;
mod noise;
mod numbers;
mod operations;
mod pairs;
mod sections;
mod text;

pub use activation::Activation;
pub use attention::{Masks, ScoreMode};
pub use dims::Dims;
pub use images::{DataFormat, Factor, FillMode, FlipMode, Interpolation, Padding};
pub use initializer::{Distribution, Fan, Initializer};
pub use noise::Noise;
pub use numbers::Numbers;
pub use operations::{Comparison, Function, MergeMode, Operator, PadMode, Reducer};
pub use pairs::Pairs;
pub use sections::Sections;
pub use text::{OpenDims, Text};

//! How a layer declares its arguments.

use crate::Arg;

/// One argument of a layer, as messages and the macro need it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Keras' name for it.
    pub name: &'static str,
    /// What it must be.
    pub want: &'static str,
    /// The words it may be.
    pub words: &'static [&'static str],
    /// The method of `Value` that converts a constant expression; empty for none.
    pub convert: &'static str,
    /// Has it no default?
    pub required: bool,
}

/// Setting a layer's arguments by place, for the macro.
pub trait Configure {
    /// Sets argument `index` to `arg`; false if `arg` is not of its type.
    fn set(&mut self, index: usize, arg: &Arg<'_>) -> bool;
}

/// Declares a layer: its arguments in Keras' order, with Keras' defaults.
macro_rules! layer {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $ty:ty $(= $default:expr)?),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name { $($(#[$doc])* pub $field: $ty),* }

        impl $name {
            /// The name that users write.
            pub const NAME: &'static str = stringify!($name);

            /// The arguments, in the order of their places.
            pub const FIELDS: &'static [$crate::Field] = &[$($crate::Field {
                name: stringify!($field),
                want: <$ty as $crate::Argument>::WANT,
                words: <$ty as $crate::Argument>::WORDS,
                convert: <$ty as $crate::Argument>::CONVERT,
                required: $crate::layer::layer!(@required $($default)?),
            }),*];

            /// The defaults, and a placeholder for each argument that has none.
            pub const TEMPLATE: $name = $name { $($field: $crate::layer::layer!(@default $ty $(, $default)?)),* };
        }

        impl $crate::Configure for $name {
            #[allow(unused_variables, unused_mut, unused_assignments)]
            fn set(&mut self, index: usize, arg: &$crate::Arg<'_>) -> bool {
                let mut place = 0;
                $(
                    if place == index {
                        return match <$ty as $crate::Argument>::read(arg) {
                            Some(value) => {
                                self.$field = value;
                                true
                            }
                            None => false,
                        };
                    }
                    place += 1;
                )*
                false
            }
        }
    };
    (@required) => { true };
    (@required $default:expr) => { false };
    (@default $ty:ty) => { <$ty as $crate::Argument>::PLACEHOLDER };
    (@default $ty:ty, $default:expr) => { $default };
}

pub(crate) use layer;

/// The value of a check that passed; a rule whose check failed returns its message. (`?` does not work in `const fn`.)
macro_rules! ok {
    ($check:expr) => {
        match $check {
            Ok(value) => value,
            Err(message) => return Err(message),
        }
    };
}

pub(crate) use ok;

/// The method `weights` of a layer that has none.
macro_rules! no_weights {
    () => {
        /// None.
        pub const fn weights(&self, _: &[$crate::In]) -> $crate::Weights {
            $crate::Weights::NONE
        }
    };
}

pub(crate) use no_weights;

/// The methods `weights`, `flops` and `facts` of a layer that puts values in other places, and does nothing else.
macro_rules! copies {
    () => {
        $crate::layer::no_weights!();

        /// Copies only.
        pub const fn flops(&self, _: &[$crate::In]) -> usize {
            0
        }

        /// Reads nothing: the gradient goes back to where the values came from.
        pub const fn facts(&self) -> $crate::Facts {
            $crate::Facts::PLAIN.reading(false, false)
        }
    };
}

pub(crate) use copies;

/// The same methods of a layer whose output has the numbers of its input, in another shape.
macro_rules! same_numbers {
    () => {
        $crate::layer::no_weights!();

        /// Nothing moves.
        pub const fn flops(&self, _: &[$crate::In]) -> usize {
            0
        }

        /// The output is the input in another shape.
        pub const fn facts(&self) -> $crate::Facts {
            $crate::Facts::PLAIN.reading(false, false).stored($crate::Storage::Input)
        }
    };
}

pub(crate) use same_numbers;

//! Reading a layer's arguments: from literals in the macro, from constant expressions in the user's crate.

use core::fmt::Debug;

use crate::Layer;

/// An argument as the macro could read it.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// `3`, `-1`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `true`
    Bool(bool),
    /// `relu`
    Word(&'a str),
    /// `"ab,bc->ac"`
    Text(&'a str),
    /// `(3, 3)`, `[1, 2]`, `((1, 0), (2, 2))`
    List(&'a [Arg<'a>]),
    /// `L2(0.01)`, `RandomNormal(stddev = 0.02)`: keyword and value of each argument
    Call(&'a str, &'a [(Option<&'a str>, Arg<'a>)]),
    /// A layer inside another, as in `TimeDistributed(Dense(4))`
    Layer(&'static Layer),
}

/// A type that a layer's argument can have.
///
/// `Debug` prints it as a Rust expression, valid where this crate's items are in scope: the macro emits it.
pub trait Argument: Sized + Copy + Debug {
    /// What stands in a configuration whose argument the macro cannot read.
    const PLACEHOLDER: Self;
    /// What it must be, for messages: `an integer`.
    const WANT: &'static str;
    /// The words it may be, if it is a word.
    const WORDS: &'static [&'static str] = &[];
    /// The calls it may be, if it is a call.
    const CALLS: &'static [Call] = &[];
    /// The method of [`Value`] that converts a constant expression; empty where the expression itself has this type.
    const CONVERT: &'static str = "";
    /// The same for an argument of this type that may be left out.
    const CONVERT_OPTIONAL: &'static str = "optional";

    /// This argument, if `arg` is one.
    fn read(arg: &Arg<'_>) -> Option<Self>;
}

/// An argument with arguments of its own: `L2(0.01)`.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The name that is called.
    pub name: &'static str,
    /// The name of each of its arguments, in order, and what it must be.
    pub parameters: &'static [(&'static str, &'static str)],
}

/// The arguments of the call `name`, each by its place or by its name; `None` if one is unknown or given twice.
pub(crate) fn places<'a, 'b, const N: usize>(
    calls: &[Call],
    name: &str,
    args: &'a [(Option<&str>, Arg<'b>)],
) -> Option<[Option<&'a Arg<'b>>; N]> {
    let parameters = calls.iter().find(|call| call.name == name)?.parameters;
    assert_eq!(parameters.len(), N, "arguments of {name}");
    let mut read = [None; N];
    for (place, (key, arg)) in args.iter().enumerate() {
        let place = match key {
            Some(key) => parameters.iter().position(|(name, _)| name == key)?,
            None => place,
        };
        if read.get_mut(place)?.replace(arg).is_some() {
            return None;
        }
    }
    Some(read)
}

/// An argument that is a number, or its default where it is left out.
pub(crate) fn number_or(default: f64, arg: Option<&Arg<'_>>) -> Option<f64> {
    arg.map_or(Some(default), f64::read)
}

/// A constant expression as an argument, converted by the method that [`Argument::CONVERT`] names.
#[derive(Clone, Copy, Debug)]
pub struct Value<T>(pub T);

macro_rules! arrays {
    ($($len:literal $method:ident $optional:ident $want:literal;)*) => { $(
        impl Argument for [usize; $len] {
            const PLACEHOLDER: Self = [1; $len];
            const WANT: &'static str = $want;
            const CONVERT: &'static str = stringify!($method);
            const CONVERT_OPTIONAL: &'static str = stringify!($optional);

            fn read(arg: &Arg<'_>) -> Option<Self> {
                match arg {
                    Arg::Int(_) => Some([usize::read(arg)?; $len]),
                    Arg::List(list) if list.len() == $len => {
                        let mut dims = [0; $len];
                        for (dim, arg) in dims.iter_mut().zip(*list) {
                            *dim = usize::read(arg)?;
                        }
                        Some(dims)
                    }
                    _ => None,
                }
            }
        }

        impl Value<[usize; $len]> {
            /// The array itself.
            pub const fn $method(self) -> [usize; $len] {
                self.0
            }

            /// The array, for an argument that may be left out.
            pub const fn $optional(self) -> Option<[usize; $len]> {
                Some(self.$method())
            }
        }

        impl Value<usize> {
            /// The same number for every axis.
            pub const fn $method(self) -> [usize; $len] {
                [self.0; $len]
            }

            /// The same number for every axis, for an argument that may be left out.
            pub const fn $optional(self) -> Option<[usize; $len]> {
                Some(self.$method())
            }
        }
    )* };
}

arrays! {
    1 single optional_single "an integer or a tuple of one such as (3,)";
    2 pair optional_pair "an integer or a pair such as (3, 3)";
    3 triple optional_triple "an integer or a triple such as (3, 3, 3)";
}

impl Value<(usize, usize)> {
    /// A number for each axis.
    pub const fn pair(self) -> [usize; 2] {
        [self.0.0, self.0.1]
    }

    /// A number for each axis, for an argument that may be left out.
    pub const fn optional_pair(self) -> Option<[usize; 2]> {
        Some(self.pair())
    }
}

impl Value<(usize, usize, usize)> {
    /// A number for each axis.
    pub const fn triple(self) -> [usize; 3] {
        [self.0.0, self.0.1, self.0.2]
    }

    /// A number for each axis, for an argument that may be left out.
    pub const fn optional_triple(self) -> Option<[usize; 3]> {
        Some(self.triple())
    }
}

impl Argument for usize {
    const PLACEHOLDER: usize = 1;
    const WANT: &'static str = "a positive integer";

    fn read(arg: &Arg<'_>) -> Option<usize> {
        match arg {
            // The largest values stand for dynamic axes, and nobody has that much memory.
            Arg::Int(n) => usize::try_from(*n).ok().filter(|n| *n <= u32::MAX as usize),
            _ => None,
        }
    }
}

impl Argument for isize {
    const PLACEHOLDER: isize = -1;
    const WANT: &'static str = "an integer";

    fn read(arg: &Arg<'_>) -> Option<isize> {
        match arg {
            Arg::Int(n) => isize::try_from(*n).ok(),
            _ => None,
        }
    }
}

impl Argument for bool {
    const PLACEHOLDER: bool = false;
    const WANT: &'static str = "true or false";

    fn read(arg: &Arg<'_>) -> Option<bool> {
        match arg {
            Arg::Bool(b) => Some(*b),
            _ => None,
        }
    }
}

impl Argument for f64 {
    const PLACEHOLDER: f64 = 0.5;
    const WANT: &'static str = "a number";
    const CONVERT: &'static str = "float";
    const CONVERT_OPTIONAL: &'static str = "optional_float";

    fn read(arg: &Arg<'_>) -> Option<f64> {
        match arg {
            Arg::Float(x) => Some(*x),
            Arg::Int(n) => Some(*n as f64),
            _ => None,
        }
    }
}

macro_rules! floats {
    ($($number:ident),*) => { $(
        impl Value<$number> {
            /// The number.
            pub const fn float(self) -> f64 {
                self.0 as f64
            }

            /// The number, for an argument that may be left out.
            pub const fn optional_float(self) -> Option<f64> {
                Some(self.float())
            }
        }
    )* };
}

floats! { f32, f64, i32, i64, u32, u64, usize }

/// The layer inside another.
#[derive(Clone, Copy, PartialEq)]
pub struct Inner(pub &'static Layer);

impl Inner {
    /// The method that a constant expression would be converted by: there is none, a layer is always written in place.
    pub const CONVERT: &'static str = "layer";
}

impl Debug for Inner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let braces = if self.0.fields().is_empty() { " {}" } else { "" };
        write!(f, "Inner(&Layer::{}(layers::{:?}{braces}))", self.0.name(), self.0)
    }
}

impl Argument for Inner {
    const PLACEHOLDER: Inner = Inner(&Layer::Flatten(crate::layers::Flatten::TEMPLATE));
    const WANT: &'static str = "a layer such as Dense(64)";
    const CONVERT: &'static str = Inner::CONVERT;
    const CONVERT_OPTIONAL: &'static str = Inner::CONVERT;

    fn read(arg: &Arg<'_>) -> Option<Inner> {
        match arg {
            Arg::Layer(layer) => Some(Inner(layer)),
            _ => None,
        }
    }
}

/// An argument that may be left out, where leaving it out is not the same as any value.
impl<T: Argument> Argument for Option<T> {
    const PLACEHOLDER: Option<T> = Some(T::PLACEHOLDER);
    const WANT: &'static str = T::WANT;
    const WORDS: &'static [&'static str] = T::WORDS;
    const CONVERT: &'static str = T::CONVERT_OPTIONAL;

    fn read(arg: &Arg<'_>) -> Option<Option<T>> {
        match arg {
            Arg::Word("None") => Some(None),
            _ => T::read(arg).map(Some),
        }
    }
}

impl<T: Copy> Value<T> {
    /// A given value for an argument that may be left out.
    pub const fn optional(self) -> Option<T> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Constraint, Initializer, Regularizer};

    /// Each call is read with none of its arguments and with each of them, by place and by name, and with no other.
    fn check<A: Argument>() {
        let samples = [Arg::Float(0.5), Arg::Int(1), Arg::Word("rows"), Arg::Word("fan_avg"), Arg::Word("uniform")];
        let reads = |name: &str, args: &[(Option<&str>, Arg<'_>)]| A::read(&Arg::Call(name, args)).is_some();
        for word in A::WORDS {
            let Some((name, _)) = word.split_once('(') else { continue };
            assert!(A::CALLS.iter().any(|call| call.name == name), "{word}");
        }
        for Call { name, parameters } in A::CALLS {
            assert!(reads(name, &[]), "{name}");
            let mut first = [(None, Arg::Float(0.5)); 5];
            for (place, &(parameter, _)) in parameters.iter().enumerate() {
                let by_name = |sample: &&Arg<'_>| reads(name, &[(Some(parameter), **sample)]);
                let sample = samples.iter().find(by_name).unwrap_or_else(|| panic!("{name}({parameter} = ..)"));
                assert!(!reads(name, &[(Some(parameter), *sample); 2]), "{name}: {parameter} is given twice");
                first[place].1 = *sample;
                assert!(reads(name, &first[..=place]), "{name}: {parameter} by its place");
            }
            assert!(!reads(name, &first[..=parameters.len()]), "{name} with one too many");
            assert!(!reads(name, &[(Some("other"), Arg::Float(0.5))]), "{name} with another");
        }
    }

    #[test]
    fn calls_have_the_arguments_they_say() {
        check::<Initializer>();
        check::<Regularizer>();
        check::<Constraint>();
    }
}

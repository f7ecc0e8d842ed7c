//! The words that arguments can be: activations, paddings, initializers.

use core::fmt::{Debug, Formatter, Result};

use crate::shape::MAX_RANK;
use crate::{Arg, Argument};

/// Declares an argument that is one of several words, written in Keras' spelling.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident = $want:literal { $($(#[$doc:meta])* $variant:ident = $word:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// Keras' word for it.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => stringify!($word)),* }
            }
        }

        impl Debug for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                match self { $($name::$variant => f.write_str(concat!(stringify!($name), "::", stringify!($variant)))),* }
            }
        }

        impl Argument for $name {
            const PLACEHOLDER: Self = words!(@first $($name::$variant),*);
            const WANT: &'static str = $want;
            const WORDS: &'static [&'static str] = &[$(stringify!($word)),*];

            fn read(arg: &Arg<'_>) -> Option<Self> {
                match arg {
                    $(Arg::Word(word) if *word == stringify!($word) => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
    (@first $first:expr $(, $rest:expr)*) => { $first };
}

words! {
    /// A function applied to every element, or along the last axis (softmax, log_softmax).
    Activation = "an activation" {
        /// x
        Linear = linear,
        /// max(x, 0)
        Relu = relu,
        /// min(max(x, 0), 6)
        Relu6 = relu6,
        /// x where x > 0, else 0.2 x
        LeakyRelu = leaky_relu,
        /// x where x > 0, else eˣ - 1
        Elu = elu,
        /// 1.0507 (x where x > 0, else 1.67326 (eˣ - 1))
        Selu = selu,
        /// x Φ(x), Φ the distribution function of the standard normal
        Gelu = gelu,
        /// ln(1 + eˣ)
        Softplus = softplus,
        /// x / (1 + |x|)
        Softsign = softsign,
        /// x sigmoid(x)
        Silu = silu,
        /// 1 / (1 + e⁻ˣ)
        Sigmoid = sigmoid,
        /// (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)
        Tanh = tanh,
        /// eˣ
        Exponential = exponential,
        /// min(max(x / 6 + 1/2, 0), 1)
        HardSigmoid = hard_sigmoid,
        /// x hard_sigmoid(x)
        HardSilu = hard_silu,
        /// x tanh(softplus(x))
        Mish = mish,
        /// eˣ / Σ eˣ along the last axis
        Softmax = softmax,
        /// ln softmax(x) along the last axis
        LogSoftmax = log_softmax,
    }
}

impl Activation {
    /// Does the output leave the slope open, so that going back takes the input?
    pub const fn reads_input(self) -> bool {
        matches!(self, Activation::Gelu | Activation::Silu | Activation::HardSilu | Activation::Mish)
    }
}

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
    /// Where the values between two neighbours come from.
    Interpolation = "an interpolation" {
        /// The nearest neighbour.
        Nearest = nearest,
        /// A straight line between neighbours, on each axis.
        Bilinear = bilinear,
    }
}

words! {
    /// How an attention layer compares a query with a key.
    ScoreMode = "a score mode" {
        /// The sum of the products of their features.
        Dot = dot,
    }
}

words! {
    /// How the outputs of the two directions of a Bidirectional become one.
    MergeMode = "a merge mode" {
        /// One after the other.
        Concat = concat,
        /// Their sum.
        Sum = sum,
        /// Their product.
        Mul = mul,
        /// Their mean.
        Ave = ave,
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
    /// An operator between two tensors.
    Operator = "an operator" {
        /// a + b
        Add = add,
        /// a - b
        Subtract = subtract,
        /// a b
        Multiply = multiply,
        /// a / b
        Divide = divide,
    }
}

words! {
    /// A function of single values, as an operation of the language.
    Function = "a function" {
        /// eˣ
        Exp = exp,
        /// ln x
        Log = log,
        /// √x
        Sqrt = sqrt,
        /// 1 / √x
        Rsqrt = rsqrt,
        /// x²
        Square = square,
        /// |x|
        Abs = abs,
        /// sin x
        Sin = sin,
        /// cos x
        Cos = cos,
    }
}

words! {
    /// How many values become one.
    Reducer = "a reduction" {
        /// Their sum.
        Sum = sum,
        /// Their mean.
        Mean = mean,
        /// The largest; where several are, they share the gradient.
        Max = max,
        /// The smallest; where several are, they share the gradient.
        Min = min,
    }
}

impl Operator {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
        }
    }
}

/// How a weight starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// 0
    Zeros,
    /// 1
    Ones,
    /// A given number.
    Constant(f64),
    /// Uniform in ±√(6 / (fan_in + fan_out)).
    GlorotUniform,
    /// Truncated normal, σ = √(2 / (fan_in + fan_out)).
    GlorotNormal,
    /// Uniform in ±√(6 / fan_in).
    HeUniform,
    /// Truncated normal, σ = √(2 / fan_in).
    HeNormal,
    /// Uniform in ±√(3 / fan_in).
    LecunUniform,
    /// Truncated normal, σ = √(1 / fan_in).
    LecunNormal,
    /// Normal of mean and standard deviation.
    RandomNormal(f64, f64),
    /// Normal of mean and standard deviation, redrawn beyond two of them.
    TruncatedNormal(f64, f64),
    /// Uniform between two numbers.
    RandomUniform(f64, f64),
    /// Orthogonal rows or columns, times a gain.
    Orthogonal(f64),
    /// The identity matrix, times a gain.
    Identity(f64),
    /// Zeros with ones for the forget gate: the bias of an LSTM.
    UnitForgetBias,
}

impl Argument for Initializer {
    const PLACEHOLDER: Initializer = Initializer::Zeros;
    const WANT: &'static str = "an initializer";
    const WORDS: &'static [&'static str] = &[
        "zeros",
        "ones",
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "lecun_uniform",
        "lecun_normal",
        "random_normal",
        "truncated_normal",
        "random_uniform",
        "orthogonal",
        "identity",
        "Constant(..)",
        "RandomNormal(..)",
        "TruncatedNormal(..)",
        "RandomUniform(..)",
        "Orthogonal(..)",
        "Identity(..)",
    ];

    fn read(arg: &Arg<'_>) -> Option<Initializer> {
        use Initializer::*;
        let (name, args) = match arg {
            Arg::Word(word) => (*word, &[][..]),
            Arg::Call(name, args) => (*name, *args),
            _ => return None,
        };
        Some(match name {
            "zeros" | "Zeros" => named(args, [], |[]| Zeros)?,
            "ones" | "Ones" => named(args, [], |[]| Ones)?,
            "Constant" if !args.is_empty() => named(args, [("value", 0.0)], |[value]| Constant(value))?,
            "glorot_uniform" | "GlorotUniform" => named(args, [], |[]| GlorotUniform)?,
            "glorot_normal" | "GlorotNormal" => named(args, [], |[]| GlorotNormal)?,
            "he_uniform" | "HeUniform" => named(args, [], |[]| HeUniform)?,
            "he_normal" | "HeNormal" => named(args, [], |[]| HeNormal)?,
            "lecun_uniform" | "LecunUniform" => named(args, [], |[]| LecunUniform)?,
            "lecun_normal" | "LecunNormal" => named(args, [], |[]| LecunNormal)?,
            "random_normal" | "RandomNormal" => {
                named(args, [("mean", 0.0), ("stddev", 0.05)], |[m, s]| RandomNormal(m, s))?
            }
            "truncated_normal" | "TruncatedNormal" => {
                named(args, [("mean", 0.0), ("stddev", 0.05)], |[m, s]| TruncatedNormal(m, s))?
            }
            "random_uniform" | "RandomUniform" => {
                named(args, [("minval", -0.05), ("maxval", 0.05)], |[low, high]| RandomUniform(low, high))?
            }
            "orthogonal" | "Orthogonal" => named(args, [("gain", 1.0)], |[gain]| Orthogonal(gain))?,
            "identity" | "Identity" => named(args, [("gain", 1.0)], |[gain]| Identity(gain))?,
            _ => return None,
        })
    }
}

/// Reads numeric arguments by place or by name over their defaults; `None` if one is unknown or no number.
pub(crate) fn named<const N: usize, T>(
    args: &[(Option<&str>, Arg<'_>)],
    parameters: [(&str, f64); N],
    build: impl Fn([f64; N]) -> T,
) -> Option<T> {
    let mut values = parameters.map(|(_, default)| default);
    for (place, (key, arg)) in args.iter().enumerate() {
        let place = match key {
            Some(key) => parameters.iter().position(|(name, _)| name == key)?,
            None => place,
        };
        *values.get_mut(place)? = f64::read(arg)?;
    }
    Some(build(values))
}

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
        self.list.split_at(self.len).0
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

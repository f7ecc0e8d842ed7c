//! The words that arguments can be: activations, paddings, initializers.

use core::fmt::{Debug, Formatter, Result};

use crate::shape::MAX_RANK;
use crate::{Arg, Argument};

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
                    $(Arg::Word(word) if *word == stringify!($word) $(|| *word == stringify!($alias))* => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
    (@first $first:expr $(, $rest:expr)*) => { $first };
}

words! {
    /// A function applied to every element, or along the last axis (softmax, log_softmax, sparsemax).
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
        Silu = silu | swish,
        /// 1 / (1 + e⁻ˣ)
        Sigmoid = sigmoid,
        /// (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)
        Tanh = tanh,
        /// eˣ
        Exponential = exponential,
        /// min(max(x / 6 + 1/2, 0), 1)
        HardSigmoid = hard_sigmoid,
        /// x hard_sigmoid(x)
        HardSilu = hard_silu | hard_swish,
        /// x tanh(softplus(x))
        Mish = mish,
        /// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
        GeluTanh = gelu_tanh,
        /// x where x > 0, else eˣ - 1, as elu
        Celu = celu,
        /// min(max(x, -1), 1)
        HardTanh = hard_tanh,
        /// x where |x| > 1/2, else 0
        HardShrink = hard_shrink,
        /// x - 1/2 where x > 1/2, x + 1/2 where x < -1/2, else 0
        SoftShrink = soft_shrink,
        /// x - tanh(x)
        TanhShrink = tanh_shrink,
        /// -ln(1 + e⁻ˣ)
        LogSigmoid = log_sigmoid,
        /// (x + √(x² + 4)) / 2
        Squareplus = squareplus,
        /// 0 where x < -1, x where x > 1, else (x + 1)² / 4
        SparsePlus = sparse_plus,
        /// min(max((x + 1) / 2, 0), 1)
        SparseSigmoid = sparse_sigmoid,
        /// eˣ / Σ eˣ along the last axis
        Softmax = softmax,
        /// ln softmax(x) along the last axis
        LogSoftmax = log_softmax,
        /// max(x - τ, 0), with the τ for which the values along the last axis sum to 1
        Sparsemax = sparsemax,
    }
}

impl Activation {
    /// Does the output leave the slope open, so that going back takes the input?
    pub const fn reads_input(self) -> bool {
        matches!(
            self,
            Activation::Gelu
                | Activation::Silu
                | Activation::HardSilu
                | Activation::Mish
                | Activation::GeluTanh
                | Activation::HardTanh
                | Activation::HardShrink
                | Activation::SoftShrink
                | Activation::TanhShrink
                | Activation::SparsePlus
                | Activation::SparseSigmoid
        )
    }

    /// Does a value depend on the others of its row, along the last axis?
    pub const fn of_rows(self) -> bool {
        matches!(self, Activation::Softmax | Activation::LogSoftmax | Activation::Sparsemax)
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

/// A list of numbers, at most sixteen.
#[derive(Clone, Copy, PartialEq)]
pub struct Numbers {
    len: usize,
    list: [f64; Numbers::MAX],
}

impl Numbers {
    const MAX: usize = 16;

    /// The given numbers, at most sixteen.
    pub const fn of(numbers: &[f64]) -> Numbers {
        let mut list = [0.0; Numbers::MAX];
        let mut i = 0;
        while i < numbers.len() {
            list[i] = numbers[i];
            i += 1;
        }
        Numbers { len: numbers.len(), list }
    }

    /// The numbers as a slice.
    pub const fn as_slice(&self) -> &[f64] {
        self.list.split_at(self.len).0
    }
}

impl Debug for Numbers {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Numbers::of(&{:?})", self.as_slice())
    }
}

impl Argument for Numbers {
    const PLACEHOLDER: Numbers = Numbers::of(&[0.0]);
    const WANT: &'static str = "a number or a list of at most 16 numbers such as (0.5, 0.4, 0.4)";
    const CONVERT: &'static str = "numbers";
    const CONVERT_OPTIONAL: &'static str = "optional_numbers";

    fn read(arg: &Arg<'_>) -> Option<Numbers> {
        match arg {
            Arg::List(list) if !list.is_empty() && list.len() <= Numbers::MAX => {
                let mut numbers = Numbers { len: list.len(), list: [0.0; Numbers::MAX] };
                for (number, arg) in numbers.list.iter_mut().zip(*list) {
                    *number = f64::read(arg)?;
                }
                Some(numbers)
            }
            _ => Some(Numbers::of(&[f64::read(arg)?])),
        }
    }
}

impl crate::Value<f64> {
    /// One number.
    pub const fn numbers(self) -> Numbers {
        Numbers::of(&[self.0])
    }

    /// One number, for an argument that may be left out.
    pub const fn optional_numbers(self) -> Option<Numbers> {
        Some(self.numbers())
    }
}

impl<const N: usize> crate::Value<[f64; N]> {
    /// The numbers.
    pub const fn numbers(self) -> Numbers {
        Numbers::of(&self.0)
    }

    /// The numbers, for an argument that may be left out.
    pub const fn optional_numbers(self) -> Option<Numbers> {
        Some(self.numbers())
    }
}

words! {
    /// How an attention layer compares a query with a key.
    ScoreMode = "a score mode" {
        /// The sum of the products of their features.
        Dot = dot,
        /// The sum of tanh of their sums.
        Concat = concat,
    }
}

/// Which masks follow the tensors of an attention layer, in this order. The macro sets them; users do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    /// One value a step of the query.
    pub query: bool,
    /// One value a place.
    pub value: bool,
    /// One value a place.
    pub key: bool,
    /// One value for each pair of step and place.
    pub attention: bool,
}

impl Masks {
    /// None follows.
    pub const NONE: Masks = Masks { query: false, value: false, key: false, attention: false };

    /// Those of `given`.
    pub const fn of(given: [bool; 4]) -> Masks {
        Masks { query: given[0], value: given[1], key: given[2], attention: given[3] }
    }

    /// In their order.
    pub const fn list(&self) -> [bool; 4] {
        [self.query, self.value, self.key, self.attention]
    }
}

impl Argument for Masks {
    const PLACEHOLDER: Masks = Masks::NONE;
    const WANT: &'static str = "";

    fn read(arg: &Arg<'_>) -> Option<Masks> {
        let Arg::List(list) = arg else { return None };
        let mut given = [false; 4];
        for (given, arg) in given.iter_mut().zip(*list) {
            *given = bool::read(arg)?;
        }
        Some(Masks::of(given))
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
    /// A comparison of two tensors, or of a tensor and a number.
    Comparison = "a comparison" {
        /// a > b
        Greater = greater,
        /// a >= b
        GreaterEqual = greater_equal,
        /// a < b
        Less = less,
        /// a <= b
        LessEqual = less_equal,
        /// a == b
        Equal = equal,
        /// a != b
        NotEqual = not_equal,
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
    /// A variance of scale / n, n counted as the mode says.
    VarianceScaling(f64, Fan, Distribution),
}

words! {
    /// What the variance of a weight is divided by.
    Fan = "a mode" {
        /// The inputs that an output reads.
        In = fan_in,
        /// The outputs that an input reaches.
        Out = fan_out,
        /// The mean of both.
        Average = fan_avg,
    }
}

words! {
    /// How weights are drawn.
    Distribution = "a distribution" {
        /// Normal, redrawn beyond two standard deviations.
        TruncatedNormal = truncated_normal,
        /// Normal.
        UntruncatedNormal = untruncated_normal,
        /// Uniform.
        Uniform = uniform,
    }
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
        "variance_scaling",
        "Constant(..)",
        "RandomNormal(..)",
        "TruncatedNormal(..)",
        "RandomUniform(..)",
        "Orthogonal(..)",
        "Identity(..)",
        "VarianceScaling(..)",
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
            "constant" | "Constant" => named(args, [("value", 0.0)], |[value]| Constant(value))?,
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
            "variance_scaling" | "VarianceScaling" => {
                let [scale, mode, distribution] = places(args, ["scale", "mode", "distribution"])?;
                VarianceScaling(
                    scale.map_or(Some(1.0), f64::read).filter(|scale| *scale > 0.0)?,
                    mode.map_or(Some(Fan::In), Fan::read)?,
                    match distribution {
                        // Keras' older word for it.
                        Some(Arg::Word("normal")) => Distribution::TruncatedNormal,
                        distribution => distribution.map_or(Some(Distribution::TruncatedNormal), Distribution::read)?,
                    },
                )
            }
            "identity" | "Identity" | "IdentityInitializer" => named(args, [("gain", 1.0)], |[gain]| Identity(gain))?,
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

/// Arguments by place or by name; `None` if one is unknown or given twice.
pub(crate) fn places<'a, 'b, const N: usize>(
    args: &'a [(Option<&str>, Arg<'b>)],
    names: [&str; N],
) -> Option<[Option<&'a Arg<'b>>; N]> {
    let mut read = [None; N];
    for (place, (key, arg)) in args.iter().enumerate() {
        let place = match key {
            Some(key) => names.iter().position(|name| name == key)?,
            None => place,
        };
        if read.get_mut(place)?.replace(arg).is_some() {
            return None;
        }
    }
    Some(read)
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

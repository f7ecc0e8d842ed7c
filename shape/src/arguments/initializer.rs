//! How weights start, and reading arguments that have arguments of their own.

use crate::{Arg, Argument};

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

impl Initializer {
    /// This initializer for a kernel of the dimensions `dims`, of which those with a bit in `outputs` are outputs and the others
    /// inputs. Where it scales by their numbers, it would take the last axis for outputs, the one before it for
    /// inputs, and the others for a window.
    pub const fn projecting(self, dims: &[usize], outputs: u8) -> Initializer {
        let (scale, fan, distribution) = match self {
            Initializer::GlorotUniform => (1.0, Fan::Average, Distribution::Uniform),
            Initializer::GlorotNormal => (1.0, Fan::Average, Distribution::TruncatedNormal),
            Initializer::HeUniform => (2.0, Fan::In, Distribution::Uniform),
            Initializer::HeNormal => (2.0, Fan::In, Distribution::TruncatedNormal),
            Initializer::LecunUniform => (1.0, Fan::In, Distribution::Uniform),
            Initializer::LecunNormal => (1.0, Fan::In, Distribution::TruncatedNormal),
            Initializer::VarianceScaling(scale, fan, distribution) => (scale, fan, distribution),
            other => return other,
        };
        let (mut taken, mut meant) = ([1.0, 1.0], [1.0, 1.0]);
        let mut axis = 0;
        while axis < dims.len() {
            let dim = dims[axis] as f64;
            let last = axis + 1 == dims.len();
            if last || axis + 2 < dims.len() || dims.len() == 1 {
                taken[1] *= dim;
            }
            if !last || dims.len() == 1 {
                taken[0] *= dim;
            }
            meant[(outputs >> axis & 1) as usize] *= dim;
            axis += 1;
        }
        let factor = match fan {
            Fan::In => taken[0] / meant[0],
            Fan::Out => taken[1] / meant[1],
            Fan::Average => (taken[0] + taken[1]) / (meant[0] + meant[1]),
        };
        Initializer::VarianceScaling(scale * factor, fan, distribution)
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

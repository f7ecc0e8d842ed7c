//! How weights start.

use crate::argument::{number_or, places};
use crate::{Arg, Argument, Call};

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

    const CALLS: &'static [Call] = &[
        Call { name: "Zeros", parameters: &[] },
        Call { name: "Ones", parameters: &[] },
        Call { name: "Constant", parameters: &[("value", f64::WANT)] },
        Call { name: "GlorotUniform", parameters: &[SEED] },
        Call { name: "GlorotNormal", parameters: &[SEED] },
        Call { name: "HeUniform", parameters: &[SEED] },
        Call { name: "HeNormal", parameters: &[SEED] },
        Call { name: "LecunUniform", parameters: &[SEED] },
        Call { name: "LecunNormal", parameters: &[SEED] },
        Call { name: "RandomNormal", parameters: &[("mean", f64::WANT), ("stddev", f64::WANT), SEED] },
        Call { name: "TruncatedNormal", parameters: &[("mean", f64::WANT), ("stddev", f64::WANT), SEED] },
        Call { name: "RandomUniform", parameters: &[("minval", f64::WANT), ("maxval", f64::WANT), SEED] },
        Call { name: "Orthogonal", parameters: &[("gain", f64::WANT), SEED] },
        Call { name: "Identity", parameters: &[("gain", f64::WANT)] },
        Call {
            name: "VarianceScaling",
            parameters: &[
                ("scale", "a number above 0"),
                ("mode", "fan_in, fan_out or fan_avg"),
                ("distribution", "truncated_normal, untruncated_normal or uniform"),
                SEED,
            ],
        },
    ];

    fn read(arg: &Arg<'_>) -> Option<Initializer> {
        use Initializer::*;
        let (name, args) = match arg {
            Arg::Word(word) => (*word, &[][..]),
            Arg::Call(name, args) => (*name, *args),
            _ => return None,
        };
        // A model takes the seed before.
        let plain = |name: &str, initializer: Initializer| places(Self::CALLS, name, args).map(|[_]| initializer);
        let none = |name: &str, initializer: Initializer| places(Self::CALLS, name, args).map(|[]| initializer);
        Some(match name {
            "zeros" | "Zeros" => none("Zeros", Zeros)?,
            "ones" | "Ones" => none("Ones", Ones)?,
            "constant" | "Constant" => {
                let [value] = places(Self::CALLS, "Constant", args)?;
                Constant(number_or(0.0, value)?)
            }
            "glorot_uniform" | "GlorotUniform" => plain("GlorotUniform", GlorotUniform)?,
            "glorot_normal" | "GlorotNormal" => plain("GlorotNormal", GlorotNormal)?,
            "he_uniform" | "HeUniform" => plain("HeUniform", HeUniform)?,
            "he_normal" | "HeNormal" => plain("HeNormal", HeNormal)?,
            "lecun_uniform" | "LecunUniform" => plain("LecunUniform", LecunUniform)?,
            "lecun_normal" | "LecunNormal" => plain("LecunNormal", LecunNormal)?,
            "random_normal" | "RandomNormal" => {
                let [mean, stddev, _] = places(Self::CALLS, "RandomNormal", args)?;
                RandomNormal(number_or(0.0, mean)?, number_or(0.05, stddev)?)
            }
            "truncated_normal" | "TruncatedNormal" => {
                let [mean, stddev, _] = places(Self::CALLS, "TruncatedNormal", args)?;
                TruncatedNormal(number_or(0.0, mean)?, number_or(0.05, stddev)?)
            }
            "random_uniform" | "RandomUniform" => {
                let [low, high, _] = places(Self::CALLS, "RandomUniform", args)?;
                RandomUniform(number_or(-0.05, low)?, number_or(0.05, high)?)
            }
            "orthogonal" | "Orthogonal" => {
                let [gain, _] = places(Self::CALLS, "Orthogonal", args)?;
                Orthogonal(number_or(1.0, gain)?)
            }
            "variance_scaling" | "VarianceScaling" => {
                let [scale, mode, distribution, _] = places(Self::CALLS, "VarianceScaling", args)?;
                VarianceScaling(
                    number_or(1.0, scale).filter(|scale| *scale > 0.0)?,
                    mode.map_or(Some(Fan::In), Fan::read)?,
                    match distribution {
                        // Keras' older word for it.
                        Some(Arg::Word("normal")) => Distribution::TruncatedNormal,
                        distribution => distribution.map_or(Some(Distribution::TruncatedNormal), Distribution::read)?,
                    },
                )
            }
            "identity" | "Identity" | "IdentityInitializer" => {
                let [gain] = places(Self::CALLS, "Identity", args)?;
                Identity(number_or(1.0, gain)?)
            }
            _ => return None,
        })
    }
}

/// The seed of one initializer.
const SEED: (&str, &str) = ("seed", "a whole number such as 1");

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

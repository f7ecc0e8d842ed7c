use super::check;
use crate::layer::layer;
use crate::{Facts, In, Outs, Rule, Storage, Weights};

layer! {
    /// In training sets a share of the values to 0 and divides the others by `1 - rate`; at inference `y = x`.
    Dropout {
        /// The share that is dropped, in 0..1.
        rate: f64,
    }
}

impl Dropout {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = match check::only("Dropout", x) {
            Ok(input) => input,
            Err(m) => return Err(m),
        };
        match check::share("Dropout", "rate", self.rate) {
            Ok(()) => Ok(Outs::one(input.shape)),
            Err(m) => Err(m),
        }
    }

    /// None.
    pub const fn weights(&self, _: &[In]) -> Weights {
        Weights::NONE
    }

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Keeps which values it dropped by itself.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::InputAtInference).randomized()
    }
}

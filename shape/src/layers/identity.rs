use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Outs, Rule, Storage};

layer! {
    /// Its input: `y = x`.
    ///
    /// Input: any shape, kept. Weights: none. Training and inference do the same. Errors: ids.
    Identity {}
}

impl Identity {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        Ok(Outs::one(ok!(check::only("Identity", x)).shape))
    }

    no_weights!();

    /// Nothing.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// The same numbers in the same memory.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::Input).masking(Masking::Passes)
    }
}

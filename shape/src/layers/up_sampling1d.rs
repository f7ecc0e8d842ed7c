use super::{check, sides};
use crate::layer::{copies, layer, ok};
use crate::{In, Outs, Rule};

layer! {
    /// More places: each axis is `size` times as long, `y[i] = x[⌊i / size⌋]`. Every step is repeated.
    ///
    /// Input: `[steps, features]`. Output: each spatial axis `size` times as long. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids, a size of 0.
    UpSampling1D {
        /// How many places each one becomes.
        size: usize = 2,
    }
}

impl UpSampling1D {
    /// `[steps, features]`, longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("UpSampling1D", 1, x));
        ok!(check::all_positive("UpSampling1D", "size", &[self.size]));
        Ok(Outs::one(sides::enlarged(&input.shape, &[self.size])))
    }

    copies!();
}

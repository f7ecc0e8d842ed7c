use super::{check, sides};
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Rule};

layer! {
    /// Cuts places off before and after the steps: `y = x[before..n - after]`.
    ///
    /// Input: `[steps, features]`. Output: each cropped axis shorter by both numbers. Weights: none. Training and inference
    /// do the same. Errors: another number of axes, ids, an axis of which nothing is left.
    Cropping1D {
        /// How many places: an integer or (before, after).
        cropping: [usize; 2] = [1, 1],
    }
}

impl Cropping1D {
    /// `[steps, features]`, shorter.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("Cropping1D", 1, x));
        sides::cropped("Cropping1D", input, &[self.cropping])
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradient is padded.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}

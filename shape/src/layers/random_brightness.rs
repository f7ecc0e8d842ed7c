use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, Factor, In, Numbers, Outs, Rule, Storage};

layer! {
    /// In training adds a random number to each image: a random share of the width of `value_range`, within which the result
    /// is kept; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: the same shape. Weights: none. Errors:
    /// another number of axes, ids, a factor outside of -1..=1, a range that is no pair of rising numbers.
    RandomBrightness {
        /// The share is drawn between -f and f, or between the numbers of a pair.
        factor: Factor,
        /// The least and the largest value.
        value_range: Numbers = Numbers::of(&[0.0, 255.0]),
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl RandomBrightness {
    /// `[height, width, channels]`, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("RandomBrightness", 2, x));
        ok!(check::factor("RandomBrightness", "factor", self.factor, [-1.0, 1.0]));
        ok!(check::value_range("RandomBrightness", &self.value_range));
        Ok(Outs::one(input.shape))
    }

    no_weights!();

    /// Nothing at inference.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads its input: which values were within the range.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.stored(Storage::InputAtInference).randomized()
    }
}

use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, Factor, In, Numbers, Outs, Rule, Storage};

layer! {
    /// In training changes the contrast of each image by a random factor: `y = (x - mean) factor + mean`, the mean of each
    /// channel of an image, within `value_range`; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`; height and width may be dynamic. Output: the same shape. Weights: none. Errors:
    /// another number of axes, ids, a factor outside of -1..=1, a range that is no pair of rising numbers.
    RandomContrast {
        /// The factor is drawn between 1 - f and 1 + f, or between 1 - a and 1 + b for a pair.
        factor: Factor,
        /// The least and the largest value.
        value_range: Numbers = Numbers::of(&[0.0, 255.0]),
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

impl RandomContrast {
    /// `[height, width, channels]`, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::spatial("RandomContrast", 2, x));
        ok!(check::factor("RandomContrast", "factor", self.factor, [-1.0, 1.0]));
        ok!(check::value_range("RandomContrast", &self.value_range));
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

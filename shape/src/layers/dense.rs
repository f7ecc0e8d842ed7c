use super::check;
use crate::layer::{layer, ok};
use crate::{Activation, Facts, In, Initializer, Msg, Outs, Rule, Shape, Weights, is_dynamic};

layer! {
    /// A fully connected layer: `y = activation(x · kernel + bias)`.
    ///
    /// Input: `[features]`, their number fixed. Output: `[units]`. Weights: kernel `[features, units]` (Glorot uniform),
    /// bias `[units]` (zeros) with `use_bias`. Training and inference do the same. Errors: a sequence or an image, a
    /// dynamic number of features, 0 units.
    Dense {
        /// The width of the output.
        units: usize,
        /// Applied to the output.
        activation: Activation = Activation::Linear,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel starts.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
    }
}

impl Dense {
    /// `[features]` to `[units]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Dense", x));
        ok!(check::positive("Dense", "units", self.units));
        if input.shape.rank() != 1 {
            return Err(Msg::new("Dense takes a vector of features, but ").input(input).hint(match input.shape.rank() {
                2 => "add Flatten(), GlobalAveragePooling1D() or LSTM(.., return_sequences = false) before it, or \
                      TimeDistributed(Dense(..)) to keep the sequence",
                3 => "add Flatten() or GlobalAveragePooling2D() before it",
                _ => "add Flatten() before it",
            }));
        }
        if is_dynamic(input.shape.dim(0)) {
            return Err(Msg::new("Dense needs a fixed number of features, but ").input(input).hint(
                "give the input a fixed width, or treat the values as a sequence: Reshape((-1, 1)) and then LSTM(..)",
            ));
        }
        Ok(Outs::one(Shape::new(&[self.units])))
    }

    /// kernel `[features, units]`, bias `[units]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        Weights::NONE
            .with("kernel", &[x[0].shape.dim(0), self.units], self.kernel_initializer)
            .with_bias(self.use_bias, self.units, self.bias_initializer)
    }

    /// A multiplication and an addition for each weight.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * x[0].shape.dim(0) * self.units
    }

    /// Reads its input, and its output to go back through the activation.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).weighted()
    }
}

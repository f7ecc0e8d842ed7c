use super::check;
use crate::layer::{copies, layer, ok};
use crate::{In, Msg, Outs, Rule, Shape};

layer! {
    /// The same vector at each of `n` steps: `y[i] = x`.
    ///
    /// Input: `[features]`. Output: `[n, features]`. Weights: none. Training and inference do the same. Errors: an input
    /// of more axes, `n` of 0.
    RepeatVector {
        /// The number of steps.
        n: usize,
    }
}

impl RepeatVector {
    /// `[features]` to `[n, features]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("RepeatVector", x));
        ok!(check::positive("RepeatVector", "n", self.n));
        if input.shape.rank() != 1 {
            return Err(Msg::new("RepeatVector takes a vector of features, but ")
                .input(input)
                .hint(if input.shape.has_dynamic() {
                    "add a global pooling layer before it"
                } else {
                    "add Flatten() or a global pooling layer before it"
                }));
        }
        Ok(Outs::one(Shape::new(&[self.n, input.shape.dim(0)])))
    }

    copies!();
}

use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Msg, Outs, Rule, is_dynamic};

layer! {
    /// A gated linear unit: `y = a sigmoid(b)`, where a and b are the halves of x along an axis.
    ///
    /// Input: any shape with an even `axis`. Output: the same with half of the axis. Weights: none. Training and inference do
    /// the same. Errors: an odd or a dynamic axis, one that the input does not have. Source: Dauphin et al. 2017,
    /// arXiv:1612.08083.
    Glu {
        /// The axis that is halved, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
    }
}

impl Glu {
    /// Any shape; one axis is halved.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("glu", x));
        let axis = ok!(check::axis("glu", self.axis, input));
        let length = input.shape.dim(axis);
        if is_dynamic(length) || !length.is_multiple_of(2) {
            return Err(Msg::new("glu multiplies one half of an axis by a gate made of the other, but axis ")
                .signed(self.axis)
                .text(" of length ")
                .dim(length)
                .text(" has no halves: ")
                .input(input)
                .hint("let the layer before it make twice as many features as follow, an even number"));
        }
        Ok(Outs::one(input.shape.with(axis, length / 2)))
    }

    no_weights!();

    /// A sigmoid and a product for each output.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads its input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.masking(Masking::Passes)
    }
}

use super::check;
use crate::layer::{layer, ok};
use crate::{Dims, Facts, In, Initializer, Masking, Msg, Outs, Rule, Shape, Weights, is_dynamic};

layer! {
    /// The rectifier with learned slopes: `y = x` where `x > 0`, else `alpha x`.
    ///
    /// Arguments: `shared_axes` have one slope for all their places, as height and width of an image do with
    /// `shared_axes = (1, 2)`. Input: any shape; an axis that is not shared has a fixed length. Output: the same shape.
    /// Weights: alpha, of the input's shape with 1 for each shared axis (zeros). Training and inference do the same.
    /// Errors: a shared axis that the input does not have, a dynamic axis that is not shared. From: He, Zhang, Ren, Sun,
    /// "Delving Deep into Rectifiers", 2015.
    PReLU {
        /// How the slopes start.
        alpha_initializer: Initializer = Initializer::Zeros,
        /// The axes that share their slopes, counted as in Keras: 1 is the first axis of a sample.
        shared_axes: Option<Dims> = None,
    }
}

impl PReLU {
    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("PReLU", x));
        if let Some(axes) = &self.shared_axes {
            let mut i = 0;
            while i < axes.as_slice().len() {
                let axis = axes.as_slice()[i];
                if axis < 1 || axis > input.shape.rank() as isize {
                    return Err(Msg::new("PReLU shares axis ")
                        .signed(axis)
                        .text(", but ")
                        .input(input)
                        .hint("axes are counted as in Keras: 1 is the first axis of a sample"));
                }
                i += 1;
            }
        }
        let alpha = self.alpha(&input.shape);
        if alpha.has_dynamic() {
            let mut axis = 0;
            while !is_dynamic(alpha.dim(axis)) {
                axis += 1;
            }
            return Err(Msg::new("PReLU has a slope for each place, so all axes must be fixed or shared, but ")
                .input(input)
                .text("\nhint: share the dynamic axis: PReLU(shared_axes = ")
                .number(axis + 1)
                .text(")"));
        }
        Ok(Outs::one(input.shape))
    }

    /// alpha, the input's shape with 1 for each shared axis.
    pub const fn weights(&self, x: &[In]) -> Weights {
        Weights::NONE.with("alpha", self.alpha(&x[0].shape).dims(), self.alpha_initializer)
    }

    /// One operation an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// Reads its input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.weighted().masking(Masking::Passes)
    }

    const fn alpha(&self, input: &Shape) -> Shape {
        let mut alpha = *input;
        if let Some(axes) = &self.shared_axes {
            let mut i = 0;
            while i < axes.as_slice().len() {
                alpha = alpha.with(axes.as_slice()[i] as usize - 1, 1);
                i += 1;
            }
        }
        alpha
    }
}

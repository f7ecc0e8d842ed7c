use super::check;
use crate::layer::{copies, layer, ok};
use crate::{In, Msg, Outs, Rule};

layer! {
    /// Tensors of one shape along a new axis: `stack(a, b, c, axis = 1)`.
    ///
    /// Inputs: two or more of equal shape. Output: the shape with an axis of their number at `axis`. Weights: none.
    /// Training and inference do the same. Errors: shapes that differ, an axis beyond the end.
    Stack {
        /// The place of the new axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = 1,
    }
}

impl Stack {
    /// Equal shapes to one with an axis more.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        ok!(check::several("stack", x));
        let mut i = 1;
        while i < x.len() {
            if !x[0].shape.compatible(&x[i].shape) {
                return Err(Msg::new("stack needs tensors of one shape, but ")
                    .input(&x[0])
                    .text(" and ")
                    .input(&x[i])
                    .hint("tensors that differ in one axis are joined with Concatenate(axis = ..)"));
            }
            i += 1;
        }
        Ok(Outs::one(ok!(check::with_axis("stack", self.axis, x.len(), &x[0]))))
    }

    copies!();
}

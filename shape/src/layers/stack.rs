use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, MAX_RANK, Msg, Outs, Rule, Shape};

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
        let rank = x[0].shape.rank();
        if rank == MAX_RANK {
            return Err(Msg::new("stack adds an axis, but ").input(&x[0]).text(" has the most axes there can be"));
        }
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
        let axis = ok!(check::new_axis("stack", self.axis, &x[0]));
        let mut shape = Shape::new(&[]);
        let mut k = 0;
        while k <= rank {
            if k == axis {
                shape = shape.push(x.len());
            }
            if k < rank {
                shape = shape.push(x[0].shape.dim(k));
            }
            k += 1;
        }
        Ok(Outs::one(shape))
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradient is taken apart.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}

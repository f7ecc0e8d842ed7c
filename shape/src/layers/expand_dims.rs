use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, MAX_RANK, Msg, Outs, Rule, Shape, Storage};

layer! {
    /// One more axis of length 1: `expand_dims(x, axis = 1)`.
    ///
    /// Input: any shape. Output: the same with an axis of length 1 at `axis`. Weights: none. Training and inference do the same. Errors: an axis beyond the
    /// end, more axes than there can be.
    ExpandDims {
        /// Its place in the output, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize,
    }
}

impl ExpandDims {
    /// Any shape, with one more axis.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::any_one("expand_dims", x));
        let rank = input.shape.rank();
        if rank == MAX_RANK {
            return Err(Msg::new("expand_dims adds an axis, but ").input(input).text(" has the most axes there can be"));
        }
        let axis = ok!(check::new_axis("expand_dims", self.axis, input));
        let mut shape = Shape::new(&[]);
        let mut k = 0;
        while k <= rank {
            if k == axis {
                shape = shape.push(1);
            }
            if k < rank {
                shape = shape.push(input.shape.dim(k));
            }
            k += 1;
        }
        Ok(Outs::one(shape).of(input.kind))
    }

    no_weights!();

    /// Nothing moves.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// The output is the input.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).stored(Storage::Input)
    }
}

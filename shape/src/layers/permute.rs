use super::check;
use crate::layer::{copies, layer, ok};
use crate::{Dims, In, MAX_RANK, Msg, Outs, Rule};

layer! {
    /// The axes of a sample in another order: axis `k` of the output is axis `dims[k]` of the input, `y = xᵀ` with (2, 1).
    ///
    /// Input: any shape, with as many axes as `dims`. Output: its dimensions in the order of `dims`. Weights: none.
    /// Training and inference do the same. Errors: `dims` that are not each of 1 to the number of axes, once.
    Permute {
        /// The axes in their new order, counted as in Keras: 1 is the first axis of a sample.
        dims: Dims,
    }
}

impl Permute {
    /// Any shape, its axes in the new order.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Permute", x));
        let (dims, rank) = (self.dims.as_slice(), input.shape.rank());
        let mut shape = input.shape;
        let mut seen = [false; MAX_RANK];
        let mut k = 0;
        while k < dims.len() && k < rank {
            let axis = dims[k] - 1;
            if axis < 0 || axis >= rank as isize || seen[axis as usize] {
                break;
            }
            seen[axis as usize] = true;
            shape = shape.with(k, input.shape.dim(axis as usize));
            k += 1;
        }
        if k != rank || dims.len() != rank {
            let mut m = Msg::new("Permute needs each axis from 1 to ").number(rank).text(" once, but got (");
            let mut i = 0;
            while i < dims.len() {
                m = m.text(if i == 0 { "" } else { ", " }).signed(dims[i]);
                i += 1;
            }
            return Err(m.text(") and ").input(input).hint(match rank {
                1 => "a sample of one axis has nothing to exchange",
                2 => "the two axes are exchanged by (2, 1)",
                3 => "the first two axes are exchanged by (2, 1, 3), the last two by (1, 3, 2)",
                4 => "the first two axes are exchanged by (2, 1, 3, 4), the last two by (1, 2, 4, 3)",
                _ => "write the number of each axis, in the new order",
            }));
        }
        Ok(Outs::one(shape))
    }

    copies!();
}

use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Dims, Facts, In, MAX_RANK, Msg, Outs, Rule, Shape};

layer! {
    /// The sum of products of two inputs along an axis of each: the other axes of the first, then those of the second, `y = Σ a b`.
    ///
    /// Arguments: `axes`, one for both inputs or a pair. Input: two tensors; the summed axes are equally long, and each is
    /// the first or the last of its input. Output: `[1]` where no axis is left. Weights: none. Training and inference do
    /// the same. Errors: axes of different lengths, an axis that an input does not have.
    Dot {
        /// The summed axis, or one for each input; counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axes: Dims,
        /// Whether vectors along the summed axis are first brought to length 1: the cosine between them.
        normalize: bool = false,
    }
}

impl Dot {
    /// The axes that are left of both inputs.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        if x.len() != 2 {
            return Err(Msg::new("Dot takes 2 inputs, but ")
                .number(x.len())
                .text(if x.len() == 1 { " was given" } else { " were given" })
                .hint("write both after the settings: Dot(axes = 1)(a, b)"));
        }
        let axes = self.axes.as_slice();
        if axes.is_empty() || axes.len() > 2 {
            return Err(Msg::new("Dot takes one axis, or a pair of them, but got ")
                .number(axes.len())
                .hint("write Dot(2) or Dot((2, 1))"));
        }
        let mut dims = [1; MAX_RANK];
        let (mut rank, mut i, mut summed) = (0, 0, [0; 2]);
        while i < 2 {
            ok!(check::numbers("Dot", &x[i]));
            let axis = ok!(check::axis("Dot", axes[if i < axes.len() { i } else { 0 }], &x[i]));
            if axis != 0 && axis + 1 != x[i].shape.rank() {
                return Err(Msg::new("Dot sums over the first or the last axis of an input, but axis ")
                    .number(axis + 1)
                    .text(" lies between them: ")
                    .input(&x[i])
                    .hint("move the axis to the end first, as Permute((1, 3, 2)) does with the second of three"));
            }
            summed[i] = axis;
            let mut k = 0;
            while k < x[i].shape.rank() {
                if k != axis {
                    if rank == MAX_RANK {
                        return Err(Msg::new("Dot leaves more than 6 axes of ").input(&x[0]).text(" and ").input(&x[1]).hint(
                            "fold some of them first with Reshape(..)",
                        ));
                    }
                    dims[rank] = x[i].shape.dim(k);
                    rank += 1;
                }
                k += 1;
            }
            i += 1;
        }
        if !Shape::dims_agree(x[0].shape.dim(summed[0]), x[1].shape.dim(summed[1])) {
            return Err(Msg::new("Dot needs axes of equal length, but ")
                .input(&x[0])
                .text(" and ")
                .input(&x[1])
                .text(": ")
                .length(&x[0], summed[0])
                .text(" meets ")
                .length(&x[1], summed[1])
                .hint("choose other axes, or bring both to the same width first"));
        }
        Ok(Outs::one(Shape::new(dims.split_at(if rank == 0 { 1 } else { rank }).0)))
    }

    no_weights!();

    /// A multiplication and an addition for each product.
    pub const fn flops(&self, x: &[In]) -> usize {
        let axis = match check::axis("Dot", self.axes.as_slice()[0], &x[0]) {
            Ok(axis) => axis,
            Err(_) => return 0,
        };
        match self.outputs(x) {
            Ok(outs) => 2 * check::pass(&outs.get(0).shape) * Shape::new(&[x[0].shape.dim(axis)]).size(),
            Err(_) => 0,
        }
    }

    /// Reads its inputs.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN
    }
}

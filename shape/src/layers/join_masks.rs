use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Kind, Msg, Outs, Rule, Shape, is_dynamic};

layer! {
    /// The mask of a Concatenate: `y = [m1, m2, ..]`, the masks of its parts one after another, where their steps are joined, and
    /// `y = m1 or m2 or ..` where the axis is another one.
    ///
    /// Input: the first tensor that is joined, which tells how many axes there are; then each part's mask, or the part itself
    /// if it has none, which counts as data throughout. Output: a mask. Weights: none. Training and inference do the same.
    /// Errors: masks of different shapes.
    JoinMasks {
        /// The axis of the Concatenate.
        axis: isize = -1,
    }
}

impl JoinMasks {
    /// Masks of shapes that differ along the joined axis only.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let axis = ok!(check::axis("Concatenate", self.axis, &x[0]));
        let steps = Self::mask_rank(x);
        let mut shape = first_axes(&x[1].shape, steps);
        let mut i = 2;
        while i < x.len() {
            let other = first_axes(&x[i].shape, steps);
            let mut k = 0;
            while k < steps {
                let (a, b) = (shape.dim(k), other.dim(k));
                if k == axis {
                    shape = shape.with(k, if is_dynamic(a) || is_dynamic(b) { crate::DYN } else { a + b });
                } else if !Shape::dims_agree(a, b) {
                    return Err(Msg::new("masks can only be joined if they have the same steps, but ")
                        .input(&x[1])
                        .text(" and ")
                        .input(&x[i])
                        .hint("join without the masks: Concatenate()(a, b, mask = None)"));
                }
                k += 1;
            }
            i += 1;
        }
        Ok(Outs::one(shape).of(Kind::Mask))
    }

    /// How many axes the masks have: that of the part with the fewest, for a tensor has its features as well.
    const fn mask_rank(x: &[In]) -> usize {
        let mut rank = x[1].shape.rank();
        let mut i = 2;
        while i < x.len() {
            if x[i].shape.rank() < rank {
                rank = x[i].shape.rank();
            }
            i += 1;
        }
        rank
    }

    no_weights!();

    /// One operation each.
    pub const fn flops(&self, x: &[In]) -> usize {
        let mut flops = 0;
        let mut i = 1;
        while i < x.len() {
            flops += check::pass(&first_axes(&x[i].shape, Self::mask_rank(x)));
            i += 1;
        }
        flops
    }

    /// A mask has no gradient.
    pub const fn facts(&self) -> Facts {
        Facts { is_mask: true, ..Facts::PLAIN.reading(false, false) }
    }
}

/// The steps of a tensor, without what it has at each of them.
const fn first_axes(shape: &Shape, count: usize) -> Shape {
    let mut first = *shape;
    while first.rank() > count {
        first = first.remove(first.rank() - 1);
    }
    first
}

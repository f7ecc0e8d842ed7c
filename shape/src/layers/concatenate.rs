use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Msg, Outs, Rule, Shape, is_dynamic};

layer! {
    /// Joins two or more inputs along one axis: `y = [a, b, ..]`.
    ///
    /// Input: two or more tensors whose other axes are equally long. Output: the axis as long as all of them together.
    /// Weights: none. Training and inference do the same. Errors: a single input, ids, different numbers of axes, other axes
    /// of different lengths, an axis that the inputs do not have.
    Concatenate {
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
    }
}

impl Concatenate {
    /// Inputs of equal rank that agree on every other axis; the joined axis is the sum.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        ok!(check::several("Concatenate", x));
        let axis = ok!(check::axis("Concatenate", self.axis, &x[0]));
        let mut shape = x[0].shape;
        let mut i = 1;
        while i < x.len() {
            let other = x[i].shape;
            if shape.rank() != other.rank() {
                return Err(unequal(&x[0], &x[i], axis)
                    .hint("bring both to the same number of axes first, for example with Flatten() or a global pooling layer"));
            }
            let mut k = 0;
            while k < shape.rank() {
                if k == axis {
                    shape = shape.with(k, sum(shape.dim(k), other.dim(k)));
                } else if !Shape::dims_agree(shape.dim(k), other.dim(k)) {
                    return Err(unequal(&x[0], &x[i], axis)
                        .text(": ")
                        .length(&x[0], k)
                        .text(" meets ")
                        .length(&x[i], k)
                        .hint(if is_dynamic(x[0].shape.dim(k)) && is_dynamic(other.dim(k)) {
                            check::ONE_NAME
                        } else {
                            "flatten both branches first, or give them the same sizes with padding = same and equal strides"
                        }));
                } else if is_dynamic(shape.dim(k)) {
                    shape = shape.with(k, other.dim(k));
                }
                k += 1;
            }
            i += 1;
        }
        Ok(Outs::one(shape))
    }

    no_weights!();

    /// Copies only.
    pub const fn flops(&self, _: &[In]) -> usize {
        0
    }

    /// Reads nothing: the gradient is split.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false).masking(Masking::Joins)
    }
}

const fn sum(a: usize, b: usize) -> usize {
    if is_dynamic(a) || is_dynamic(b) { crate::DYN } else { a + b }
}

const fn unequal(a: &In, b: &In, axis: usize) -> Msg {
    let last = axis + 1 == a.shape.rank();
    let m = Msg::new("Concatenate joins ");
    let m = if last { m.text("the last axis") } else { m.text("axis ").number(axis + 1) };
    m.text(", so all other dimensions must be equal, but ").input(a).text(" and ").input(b)
}

use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Msg, Outs, Rule, is_dynamic, Shape};

layer! {
    /// The matrix product over the last two axes: `y = matmul(a, b)`.
    ///
    /// Inputs: `[.., m, k]` and `[.., k, n]`, each leading axis equal or 1. Output: `[.., m, n]`. Weights: none. Training and
    /// inference do the same. Errors: fewer than two axes, `k` or leading axes that differ.
    Matmul {}
}

impl Matmul {
    /// `[.., m, k]` and `[.., k, n]` to `[.., m, n]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        if x.len() != 2 {
            return Err(Msg::new("matmul takes 2 tensors, but ").number(x.len()).text(if x.len() == 1 { " was given" } else { " were given" }).hint("write matmul(a, b)"));
        }
        let (a, b) = (ok!(check::numbers("matmul", &x[0])), ok!(check::numbers("matmul", &x[1])));
        let rank = a.shape.rank();
        if rank < 2 || rank != b.shape.rank() {
            return Err(Msg::new("matmul takes two matrices [.., m, k] and [.., k, n], but ")
                .input(a)
                .text(" and ")
                .input(b)
                .hint("give both the same number of axes, at least two, for example with expand_dims(x, axis = 1)"));
        }
        let mut shape = a.shape.with(rank - 1, b.shape.dim(rank - 1));
        let mut k = 0;
        while k + 2 < rank {
            let (left, right) = (a.shape.dim(k), b.shape.dim(k));
            match check::broadcast(left, right) {
                Some(dim) => shape = shape.with(k, dim),
                None => {
                    return Err(Msg::new("matmul needs leading axes that are equal or 1, but ")
                        .input(a)
                        .text(" and ")
                        .input(b)
                        .hint("the last two axes are those of the matrices; bring the others to the same lengths"));
                }
            }
            k += 1;
        }
        let (columns, rows) = (a.shape.dim(rank - 1), b.shape.dim(rank - 2));
        if columns != rows && !is_dynamic(columns) && !is_dynamic(rows) {
            return Err(Msg::new("matmul joins the last axis of the first tensor with the last but one of the second, but ")
                .input(a)
                .text(" and ")
                .input(b)
                .text(": ")
                .number(columns)
                .text(" meets ")
                .number(rows)
                .hint("exchange the last two axes of one of them with transpose(x, (2, 1))"));
        }
        Ok(Outs::one(shape))
    }

    no_weights!();

    /// A multiplication and an addition for each term.
    pub const fn flops(&self, x: &[In]) -> usize {
        match self.outputs(x) {
            Ok(outs) => 2 * outs.get(0).shape.size() * Shape::new(&[x[0].shape.last()]).size(),
            Err(_) => 0,
        }
    }

    /// Each gradient needs the other factor.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN
    }
}

use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Masking, Operator, Outs, Rule, is_dynamic};

layer! {
    /// An operator between two tensors: `y = a + b`, `a - b`, `a * b`, `a / b`.
    ///
    /// Input: two tensors whose shapes meet from the last axis; an axis of length 1 is repeated. Output: each axis as long
    /// as the longer one. Weights: none. Training and inference do the same. Errors: shapes that do not meet, ids.
    Arithmetic {
        /// Which one.
        operator: Operator = Operator::Add,
    }
}

impl Arithmetic {
    /// Shapes meet from the last axis; lengths are equal or 1, and missing leading axes count as 1.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        ok!(check::several(self.symbol(), x));
        match check::spread(&x[0].shape, &x[1].shape) {
            Ok(shape) => Ok(Outs::one(shape)),
            Err(k) => Err(check::no_spread(self.symbol(), &x[0], &x[1], k).hint(self.way_out(&x[0], &x[1], k))),
        }
    }

    /// What to do where lengths differ on the `k`-th axis from the last.
    const fn way_out(&self, a: &In, b: &In, k: usize) -> &'static str {
        let (long, short) = if a.shape.rank() > b.shape.rank() { (&a.shape, &b.shape) } else { (&b.shape, &a.shape) };
        let same_ranks = long.rank() == short.rank();
        match long.rank() {
            _ if is_dynamic(a.shape.dim(a.shape.rank() - k)) => check::ONE_NAME,
            // One number a step, one row a step.
            2 if !same_ranks && short.last() == long.dim(0) => "a number for each step needs an axis of its own: expand_dims(x, axis = 2)",
            _ if !same_ranks && k == 1 => {
                "bring both to the same last axis first: a vector with Dense(..), a sequence with TimeDistributed(Dense(..))"
            }
            _ if !same_ranks => "give both the same axes first, for example with expand_dims(x, axis = 1) or Reshape(..)",
            1 => "bring both to the same width first, for example with Dense(..)",
            2 if same_ranks && long.dim(0) == short.dim(1) && long.dim(1) == short.dim(0) => {
                "exchange the axes of one of them: transpose(x, (2, 1))"
            }
            2 if k == 1 => "bring both to the same features first, for example with TimeDistributed(Dense(..))",
            3 if k == 1 => "bring both to the same channels first, for example with Conv2D(.., 1)",
            3 => "give both branches the same strides and padding = same",
            _ => "bring both to the same shape first, for example with Reshape(..)",
        }
    }

    /// As messages quote it.
    const fn symbol(&self) -> &'static str {
        match self.operator {
            Operator::Add => "`+`",
            Operator::Subtract => "`-`",
            Operator::Multiply => "`*`",
            Operator::Divide => "`/`",
        }
    }

    no_weights!();

    /// One operation an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::each_output(&self.outputs(x))
    }

    /// Products and quotients read their inputs.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(matches!(self.operator, Operator::Multiply | Operator::Divide), false).masking(Masking::Merges)
    }
}

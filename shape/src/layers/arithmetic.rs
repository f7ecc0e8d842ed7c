use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, MAX_RANK, Masking, Msg, Operator, Outs, Rule, Shape};

layer! {
    /// An operator between two tensors: `a + b`, `a - b`, `a * b`, `a / b`.
    Arithmetic {
        /// Which one.
        operator: Operator,
    }
}

impl Arithmetic {
    /// Shapes meet from the last axis; lengths are equal or 1, and missing leading axes count as 1.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        ok!(check::several(self.symbol(), x));
        let (a, b) = (&x[0].shape, &x[1].shape);
        let rank = if a.rank() > b.rank() { a.rank() } else { b.rank() };
        let mut dims = [1; MAX_RANK];
        let mut k = 1;
        while k <= rank {
            let left = if k <= a.rank() { a.dim(a.rank() - k) } else { 1 };
            let right = if k <= b.rank() { b.dim(b.rank() - k) } else { 1 };
            match check::broadcast(left, right) {
                Some(dim) => dims[rank - k] = dim,
                None => {
                    return Err(Msg::new(self.symbol())
                        .text(" needs shapes that are equal or 1 on every axis, counted from the last, but ")
                        .input(&x[0])
                        .text(" and ")
                        .input(&x[1])
                        .text(": ")
                        .dim(left)
                        .text(" meets ")
                        .dim(right)
                        .hint("bring both to the same shape first, for example with Dense(..) or Reshape(..)"));
                }
            }
            k += 1;
        }
        Ok(Outs::one(Shape::new(dims.split_at(rank).0)))
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
        match self.outputs(x) {
            Ok(outs) => check::pass(&outs.get(0).shape),
            Err(_) => 0,
        }
    }

    /// Products and quotients read their inputs.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(matches!(self.operator, Operator::Multiply | Operator::Divide), false).masking(Masking::Merges)
    }
}

use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Dims, Facts, In, MAX_RANK, Msg, Outs, Reducer, Rule};

layer! {
    /// One number for all values along one or several axes: `sum(x, axis = 1)`, `mean(x, axis = (1, 2))`,
    /// `max(x, axis = -1, keepdims = true)`, `min(x, axis = 1)`, `prod(x, axis = 1)`, the variance `var(x, axis = 1)`, its root
    /// `std(x, axis = 1)`, `logsumexp(x, axis = -1)` and the length `norm(x, axis = -1)`.
    ///
    /// Input: any shape. Output: the same without the axes, or with length 1 in their place. Weights: none. Training and
    /// inference do the same. Errors: an axis that the input does not have, an axis twice, no axis left.
    Reduce {
        /// The axes, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: Dims,
        /// Whether the axes stay, with length 1.
        keepdims: bool = false,
        /// Which of them.
        how: Reducer = Reducer::Sum,
    }
}

impl Reduce {
    /// Any shape, less the axes.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let name = self.how.word();
        if x.len() > 1 && matches!(self.how, Reducer::Max | Reducer::Min) {
            return Err(Msg::new(name)
                .text(" takes 1 input, but ")
                .number(x.len())
                .text(" were given\nhint: of several tensors, ")
                .text(name)
                .text("imum(a, b) takes the one or the other value"));
        }
        let input = ok!(check::only(name, x));
        let reduced = ok!(self.reduced(input));
        let (mut shape, mut k) = (input.shape, input.shape.rank());
        while k > 0 {
            k -= 1;
            if reduced[k] {
                shape = if self.keepdims { shape.with(k, 1) } else { shape.remove(k) };
            }
        }
        if shape.rank() == 0 {
            return Err(Msg::new(name).text(" leaves no axis of ").of_shape(input).hint("keep one with keepdims = true"));
        }
        Ok(Outs::one(shape))
    }

    no_weights!();

    /// One operation an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&x[0].shape)
    }

    /// All but sums go back by way of the values, and what they became.
    pub const fn facts(&self) -> Facts {
        match self.how {
            Reducer::Sum | Reducer::Mean => Facts::PLAIN.reading(false, false),
            Reducer::Var => Facts::PLAIN.reading(true, false),
            _ => Facts::PLAIN.reading(true, true),
        }
    }

    /// Which axes of `input` go.
    pub const fn reduced(&self, input: &In) -> Result<[bool; MAX_RANK], Msg> {
        check::axes(self.how.word(), &self.axis, input)
    }
}

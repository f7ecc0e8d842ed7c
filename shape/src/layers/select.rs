use super::check;
use crate::layer::{layer, no_weights, ok};
use crate::{Facts, In, Kind, Msg, Outs, Rule};

layer! {
    /// Values of `a` where a condition is true and of `b`, a tensor or a number, elsewhere: `y = select(x > 0.0, a, b)`, Keras'
    /// `where`.
    ///
    /// Input: a condition (a comparison, or an input of bool) and one or two tensors, whose shapes meet from the last
    /// axis. Output: the shape in which they meet. Weights: none. Training and inference do the same; the gradient goes to the values that were taken. Errors:
    /// shapes that do not meet, a condition that is none, ids.
    Select {
        /// The number elsewhere, where it is not a second tensor.
        otherwise: Option<f64> = None,
    }
}

impl Select {
    /// The shape in which all meet.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let wanted = if self.otherwise.is_some() { 2 } else { 3 };
        if x.len() != wanted {
            return Err(Msg::new("select takes a condition and two values, but ")
                .number(x.len())
                .text(if x.len() == 1 { " tensor was given" } else { " tensors were given" })
                .hint("write select(x > 0.0, a, b), or a number for b"));
        }
        if !matches!(x[0].kind, Kind::Mask) {
            return Err(Msg::new("select takes a condition first, but ")
                .name(&x[0])
                .text(" holds numbers")
                .hint("compare it: select(x > 0.0, a, b); a condition may be an input too: `m: Input<10, bool>`"));
        }
        let first = ok!(check::numbers("select", &x[1]));
        let mut shape = ok!(check::meet("select", &x[0], first));
        if self.otherwise.is_none() {
            let second = ok!(check::numbers("select", &x[2]));
            let both = In { name: first.name, shape, kind: first.kind, axes: first.axes };
            shape = ok!(check::meet("select", &both, second));
        }
        Ok(Outs::one(shape))
    }

    no_weights!();

    /// One choice an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::each_output(&self.outputs(x))
    }

    /// The condition is always there.
    pub const fn facts(&self) -> Facts {
        Facts::PLAIN.reading(false, false)
    }
}

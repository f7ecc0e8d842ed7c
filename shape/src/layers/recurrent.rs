//! The rule that all recurrent layers share.

use super::check;
use crate::layer::ok;
use crate::{In, Masking, Msg, Outs, Rule, Shape};

pub(super) struct Recurrent<'a> {
    pub layer: &'a str,
    pub units: usize,
    /// h, or h and c.
    pub states: usize,
    pub return_sequences: bool,
    pub return_state: bool,
    pub dropouts: [f64; 2],
}

impl Recurrent<'_> {
    /// `[steps, features]`, and the states to start from where they are given, to `[units]` or `[steps, units]`, and the
    /// last states where they are wanted. A mask may follow the inputs.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let (x, mask) = check::unmasked(x);
        if x.len() != 1 && x.len() != 1 + self.states {
            return Err(Msg::new(self.layer)
                .text(if self.states == 1 {
                    " takes a sequence, or a sequence and a state to start from, but "
                } else {
                    " takes a sequence, or a sequence and the states h and c to start from, but "
                })
                .number(x.len())
                .text(" inputs were given")
                .hint(if self.states == 1 {
                    "give the state after the sequence: (x, initial_state = h)"
                } else {
                    "give both states after the sequence: (x, initial_state = (h, c))"
                }));
        }
        ok!(check::positive(self.layer, "units", self.units));
        let input = ok!(self.sequence(&x[0]));
        ok!(check::channels(self.layer, "features", input));
        ok!(check::share(self.layer, "dropout", self.dropouts[0]));
        ok!(check::share(self.layer, "recurrent_dropout", self.dropouts[1]));
        if let Some(mask) = mask {
            ok!(check::one_a_step(self.layer, input, mask));
        }
        let state = Shape::new(&[self.units]);
        let mut i = 1;
        while i < x.len() {
            ok!(check::numbers(self.layer, &x[i]));
            if !x[i].shape.compatible(&state) {
                return Err(Msg::new(self.layer)
                    .text(" with ")
                    .number(self.units)
                    .text(" units starts from a state of shape ")
                    .shape(&state)
                    .text(", but ")
                    .input(&x[i])
                    .hint("take the state of a layer of as many units, or bring it to this width with Dense(..)"));
            }
            i += 1;
        }
        let mut outs =
            Outs::one(if self.return_sequences { Shape::new(&[input.shape.dim(0), self.units]) } else { state });
        let mut k = 0;
        while self.return_state && k < self.states {
            outs = outs.and(state);
            k += 1;
        }
        Ok(outs)
    }

    /// Masked steps are skipped; the output has steps where all of them are returned.
    pub const fn masking(&self) -> Masking {
        if self.return_sequences { Masking::ReadsAndPasses } else { Masking::Reads }
    }

    /// Twice the weights at every step.
    pub const fn flops(&self, x: &[In], gates: usize) -> usize {
        let steps = Shape::new(&[x[0].shape.dim(0)]).size();
        2 * steps * gates * self.units * (x[0].shape.last() + self.units)
    }

    const fn sequence<'i>(&self, input: &'i In) -> Result<&'i In, Msg> {
        ok!(check::numbers(self.layer, input));
        if input.shape.rank() == 2 {
            return Ok(input);
        }
        let m = Msg::new(self.layer).text(" takes a sequence [steps, features], but ").input(input);
        Err(match input.shape.rank() {
            1 => m.hint(
                "if these are the outputs of a recurrent layer, give it return_sequences = true; \
                 a missing axis of features is added with Reshape((-1, 1))",
            ),
            _ => check::folded(m, input),
        })
    }
}

use super::check;
use super::sides::longer;
use crate::layer::{copies, layer, ok};
use crate::{In, Msg, Outs, PadMode, Pairs, Rule, is_dynamic};

layer! {
    /// More places before and after the axes: `pad(x, ((0, 0), (1, 1), (2, 2)))`, `pad(x, ((0, 0), (3, 3)), mode = reflect)`.
    ///
    /// Input: any shape. Output: each axis is longer by the two numbers of its pair. Weights: none. Training and inference do
    /// the same. Errors: other than a pair for each axis and one for the batch, padding of the batch, more of `reflect`,
    /// `symmetric` or `wrap` than an axis has places for.
    Pad {
        /// How many places come before and after each axis, the batch axis first: (0, 0).
        pad_width: Pairs,
        /// What is there.
        mode: PadMode = PadMode::Constant,
        /// The number that is there with `constant`.
        constant_values: f64 = 0.0,
    }
}

impl Pad {
    /// Any shape, its axes longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("pad", x));
        let (pairs, rank) = (self.pad_width.as_slice(), input.shape.rank());
        if pairs.len() != rank + 1 {
            return Err(Msg::new("pad takes a pair for the batch and for each axis of a sample, ")
                .number(rank + 1)
                .text(" in all, but got ")
                .number(pairs.len())
                .text(": ")
                .input(input)
                .hint("(0, 0) leaves an axis as it is: pad(x, ((0, 0), (1, 1))) for a vector"));
        }
        if pairs[0][0] > 0 || pairs[0][1] > 0 {
            return Err(Msg::new("pad cannot make a batch longer").hint("the first pair is (0, 0)"));
        }
        let mut shape = input.shape;
        let mut k = 0;
        while k < rank {
            let ([before, after], n) = (pairs[k + 1], shape.dim(k));
            if !is_dynamic(n) {
                let most = match self.mode {
                    PadMode::Constant | PadMode::Edge => usize::MAX,
                    PadMode::Reflect => n.saturating_sub(1),
                    PadMode::Symmetric | PadMode::Wrap => n,
                };
                if before > most || after > most {
                    return Err(Msg::new("pad with mode = ")
                        .text(self.mode.word())
                        .text(" takes at most ")
                        .number(most)
                        .text(" places from axis ")
                        .number(k + 1)
                        .text(", but ")
                        .number(if before > most { before } else { after })
                        .text(" are to be added: ")
                        .input(input)
                        .hint("pad less, or with mode = constant"));
                }
            }
            shape = shape.with(k, longer(n, pairs[k + 1]));
            k += 1;
        }
        Ok(Outs::one(shape))
    }

    copies!();

    /// The place of axis `k`, of length `n`, that is at place `i` of the output; `None` for the number.
    pub const fn source(&self, k: usize, n: usize, i: usize) -> Option<usize> {
        let before = self.pad_width.as_slice()[k + 1][0];
        if i >= before && i < before + n {
            return Some(i - before);
        }
        // So far is the place outside, counted from 0.
        let beyond = if i < before { before - 1 - i } else { i - before - n };
        let at_the_end = i >= before;
        let inside = match self.mode {
            PadMode::Constant => return None,
            PadMode::Edge => 0,
            PadMode::Reflect => beyond + 1,
            PadMode::Symmetric => beyond,
            PadMode::Wrap => return Some(if at_the_end { beyond } else { n - 1 - beyond }),
        };
        Some(if at_the_end { n - 1 - inside } else { inside })
    }
}

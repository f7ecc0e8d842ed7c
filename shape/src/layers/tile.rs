use super::check;
use super::sides::times;
use crate::layer::{copies, layer, ok};
use crate::{Dims, In, Msg, Outs, Rule};

layer! {
    /// A tensor several times, side by side: `tile(x, (1, 2))`, `y[i] = x[i mod n]` along each axis of length n.
    ///
    /// Input: any shape. Output: each axis so many times as long. Weights: none. Training and inference do the same.
    /// Errors: 0 repeats, more of them than axes, several of the batch.
    Tile {
        /// How often each axis is there: the last one as often as the last number says. What comes before a sample's axes is the
        /// batch, which is there once.
        repeats: Dims,
    }
}

impl Tile {
    /// Any shape, its axes longer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("tile", x));
        let (repeats, rank) = (self.repeats.as_slice(), input.shape.rank());
        if repeats.len() > rank + 1 {
            return Err(Msg::new("tile has ")
                .number(repeats.len())
                .text(" repeats, but ")
                .input(input)
                .hint("give one number an axis; expand_dims(x, axis = 1) adds an axis"));
        }
        if repeats.len() == rank + 1 && repeats[0] != 1 {
            return Err(Msg::new("tile cannot repeat the batch: its first number is ")
                .signed(repeats[0])
                .text(", and ")
                .input(input)
                .hint("of as many numbers as axes with the batch, the first one is 1"));
        }
        let mut shape = input.shape;
        let mut k = 0;
        while k < rank {
            let count = self.count(k, rank);
            if count < 1 {
                return Err(Msg::new("tile needs repeats of at least 1, but got ")
                    .signed(count)
                    .hint("1 leaves an axis as it is"));
            }
            shape = shape.with(k, times(shape.dim(k), count as usize));
            k += 1;
        }
        Ok(Outs::one(shape))
    }

    copies!();

    /// How often axis `k` of a sample of `rank` axes is there.
    pub const fn count(&self, k: usize, rank: usize) -> isize {
        let repeats = self.repeats.as_slice();
        if k + repeats.len() >= rank { repeats[k + repeats.len() - rank] } else { 1 }
    }
}

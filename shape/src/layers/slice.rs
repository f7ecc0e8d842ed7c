use super::check;
use crate::layer::{copies, layer, ok};
use crate::{DYN, Dims, In, Msg, Outs, Rule, Shape, is_dynamic};

layer! {
    /// A part of a tensor: `y = h[(-1, ..)]` is the last step, `x[(2..5, ..)]` steps 2, 3 and 4, `x[..3]` the first three,
    /// `x[(..).step_by(2)]` every other one, `x[(..).rev()]` all from the last to the first.
    ///
    /// Input: any shape. Output: each axis with a range has the length of what is taken, each axis with an index is gone; axes
    /// that are not named stay. A negative place counts from the end. Weights: none. Training and inference do the same.
    /// Errors: a place beyond the end, an empty range, more places than axes, no axis left.
    Slice {
        /// Where each axis starts; negative from the end.
        starts: Dims,
        /// Where each axis ends, itself excluded; negative from the end. `isize::MAX` is the end.
        ends: Dims,
        /// The distance from one place that is taken to the next, negative from the last one on; 0 for each axis that has an
        /// index, so that it goes.
        steps: Dims,
    }
}

impl Slice {
    /// Any shape, each axis cut or taken away.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("this slice", x));
        let places = self.starts.as_slice().len();
        if places > input.shape.rank() {
            return Err(Msg::new("this slice names ").number(places).text(" axes, but ").input(input).hint(
                "the batch axis is never named: h[(-1, ..)] is the last step of every sample",
            ));
        }
        let mut shape = Shape::new(&[]);
        let mut k = 0;
        while k < input.shape.rank() {
            let dim = input.shape.dim(k);
            if k >= places {
                shape = shape.push(dim);
            } else {
                let (_, taken) = ok!(self.taken(k, input));
                if self.steps.as_slice()[k] != 0 {
                    shape = shape.push(if is_dynamic(dim) { self.dynamic(k, dim) } else { taken });
                }
            }
            k += 1;
        }
        if shape.rank() == 0 {
            return Err(Msg::new("this slice leaves no axis of ").of_shape(input).hint("keep one with a range such as 0..1"));
        }
        Ok(Outs::one(shape))
    }

    copies!();

    /// A whole dynamic axis stays what it is.
    const fn dynamic(&self, k: usize, dim: usize) -> usize {
        let whole = self.starts.as_slice()[k] == 0 && self.ends.as_slice()[k] == isize::MAX;
        if whole && self.steps.as_slice()[k].unsigned_abs() == 1 { dim } else { DYN }
    }

    /// The first place of axis `k` that is taken, and how many are; of a dynamic axis nothing is known yet.
    pub const fn taken(&self, k: usize, input: &In) -> Result<(usize, usize), Msg> {
        let (start, end) = ok!(self.range(k, input));
        let step = self.steps.as_slice()[k];
        let first = if step < 0 && end > start { end - 1 } else { start };
        Ok((first, (end - start).div_ceil(if step == 0 { 1 } else { step.unsigned_abs() })))
    }

    /// The range of axis `k`, from its first place to the one after its last.
    const fn range(&self, k: usize, input: &In) -> Result<(usize, usize), Msg> {
        let n = input.shape.dim(k);
        let (start, end) = (self.starts.as_slice()[k], self.ends.as_slice()[k]);
        if is_dynamic(n) {
            return Ok((0, 0));
        }
        let indexed = self.steps.as_slice()[k] == 0;
        let from = place(start, n);
        let to = if indexed { from + 1 } else { place(end, n) };
        let beyond = from < 0 || from >= n as isize || to > n as isize;
        if beyond {
            let m = Msg::new(if indexed { "index " } else { "the range " }).signed(start);
            let m = if indexed { m } else { m.text("..") };
            let m = if indexed || end == isize::MAX { m } else { m.signed(end) };
            return Err(m
                .text(" is outside of axis ")
                .number(k + 1)
                .text(", which has length ")
                .number(n)
                .text(": ")
                .input(input)
                .hint("places count from 0, or from the end if negative: -1 is the last"));
        }
        if to <= from {
            return Err(Msg::new("the range ")
                .signed(start)
                .text("..")
                .signed(end)
                .text(" of axis ")
                .number(k + 1)
                .text(" is empty: ")
                .input(input)
                .hint("a range goes from its first place to the one after its last: 2..5 are the places 2, 3 and 4"));
        }
        Ok((from as usize, to as usize))
    }
}

const fn place(place: isize, n: usize) -> isize {
    if place == isize::MAX {
        n as isize
    } else if place < 0 {
        n as isize + place
    } else {
        place
    }
}

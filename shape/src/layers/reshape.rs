use super::check;
use crate::layer::{layer, ok, same_numbers};
use crate::{DYN, Dims, In, Msg, Outs, Rule, Shape, is_dynamic};

layer! {
    /// The same values in another shape, in row-major order: `y = x`.
    ///
    /// Arguments: `target_shape`, per sample; one of its dimensions may be -1, "what is left". Input: any shape, numbers
    /// or ids. One axis may be dynamic if a -1 takes it up and the fixed dimensions divide. Output: `target_shape`. Weights: none. Training and inference do the same. Errors: sizes
    /// that differ, more than one -1, a dimension of 0.
    Reshape {
        /// The new shape of a sample.
        target_shape: Dims,
    }
}

impl Reshape {
    /// Any shape to `target_shape` of the same size.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::one("Reshape", x));
        let target = self.target_shape.as_slice();
        let mut shape = Shape::new(&[]);
        let mut open = None;
        let mut i = 0;
        while i < target.len() {
            match target[i] {
                1.. => shape = shape.push(target[i] as usize),
                -1 if open.is_none() => {
                    open = Some(i);
                    shape = shape.push(1);
                }
                -1 => {
                    return Err(self.target().text(" has more than one -1").hint("only one dimension can be what is left"));
                }
                _ => {
                    return Err(self.target().text(" has a dimension below 1").hint("one dimension may be -1: what is left"));
                }
            }
            i += 1;
        }
        match (dynamic_axes(&input.shape), open) {
            (0, None) if input.shape.size() == shape.size() => {}
            (0, Some(open)) if input.shape.size().is_multiple_of(shape.size()) => {
                shape = shape.with(open, input.shape.size() / shape.size());
            }
            (1, Some(open)) if input.shape.size().is_multiple_of(shape.size()) => {
                // The axis itself where the rest is as large as before, else some multiple of it.
                let whole = input.shape.size() == shape.size();
                shape = shape.with(open, if whole { dynamic_axis(&input.shape) } else { DYN });
            }
            (0, _) => return Err(self.wrong_size(input, &shape, open.is_some())),
            (_, _) => {
                return Err(self
                    .target()
                    .text(" cannot take ")
                    .of_shape(input)
                    .text(": only the data knows how many values a sample has")
                    .hint("keep one dynamic axis as -1 beside dimensions that divide the fixed ones, as in Reshape((-1, 8))"));
            }
        }
        Ok(Outs::one(shape).of(input.kind))
    }

    same_numbers!();

    const fn target(&self) -> Msg {
        let target = self.target_shape.as_slice();
        let mut m = Msg::new("Reshape((");
        let mut i = 0;
        while i < target.len() {
            m = m.text(if i == 0 { "" } else { ", " }).signed(target[i]);
            i += 1;
        }
        m.text(if target.len() == 1 { ",))" } else { "))" })
    }

    const fn wrong_size(&self, input: &In, target: &Shape, open: bool) -> Msg {
        let m = self.target().text(if open { " needs a multiple of " } else { " needs " });
        m.number(target.size())
            .text(" values a sample, but ")
            .input(input)
            .text(": ")
            .number(input.shape.size())
            .hint(if open {
                "choose dimensions whose product divides the values of a sample"
            } else {
                "choose dimensions whose product is the number of values, or write -1 for one of them"
            })
    }
}

const fn dynamic_axes(shape: &Shape) -> usize {
    let mut count = 0;
    let mut i = 0;
    while i < shape.rank() {
        count += is_dynamic(shape.dim(i)) as usize;
        i += 1;
    }
    count
}

const fn dynamic_axis(shape: &Shape) -> usize {
    let mut i = 0;
    while !is_dynamic(shape.dim(i)) {
        i += 1;
    }
    shape.dim(i)
}

use super::check;
use crate::layer::{copies, layer, ok};
use crate::{DYN, Dims, In, Msg, Outs, Rule, Sections, is_dynamic};

layer! {
    /// A tensor in parts along an axis, equal ones or cut at given places: `let (a, b) = split(x, 2, axis = -1);`,
    /// `let (a, b, c) = split(x, [2, 5], axis = -1);` for the places 0 to 1, 2 to 4 and 5 to the end.
    ///
    /// Input: any shape whose `axis` the number of parts divides, or reaches beyond the places; only the last of these parts may
    /// be dynamic. Outputs: as many tensors, at most 8. Weights: none. Training and inference do the same. Errors: a length
    /// that cannot be divided, places that do not ascend within the axis, an axis that the input does not have.
    Split {
        /// The number of equal parts, or the places where parts begin, but for the first.
        indices_or_sections: Sections,
        /// The axis, counted as in Keras: 1 is the first axis of a sample, -1 the last.
        axis: isize = -1,
    }
}

impl Split {
    /// Any shape to several with a part of the axis each.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("split", x));
        let axis = ok!(check::axis("split", self.axis, input));
        match self.indices_or_sections {
            Sections::Parts(parts) => self.equal(parts, axis, input),
            Sections::At(places) => self.cut(&places, axis, input),
        }
    }

    const fn equal(&self, parts: usize, axis: usize, input: &In) -> Rule {
        ok!(check::positive("split", "indices_or_sections", parts));
        let length = input.shape.dim(axis);
        if parts > Outs::MAX || is_dynamic(length) || !length.is_multiple_of(parts) {
            return Err(Msg::new("split makes at most 8 equal parts of a fixed axis, but axis ")
                .signed(self.axis)
                .text(" of length ")
                .dim(length)
                .text(" cannot be cut into ")
                .number(parts)
                .text(": ")
                .input(input)
                .hint("choose a number of parts that divides the length, or say where each begins: split(x, [2, 5])"));
        }
        let shape = input.shape.with(axis, length / parts);
        let mut outs = Outs::one(shape);
        let mut k = 1;
        while k < parts {
            outs = outs.and(shape);
            k += 1;
        }
        Ok(outs)
    }

    const fn cut(&self, places: &Dims, axis: usize, input: &In) -> Rule {
        let (length, places) = (input.shape.dim(axis), places.as_slice());
        let first = place(places[0], length);
        let mut outs = Outs::one(input.shape.with(axis, first));
        let (mut start, mut k) = (first, 1);
        let mut ascend = first > 0;
        while k <= places.len() {
            let end = if k == places.len() { length } else { place(places[k], length) };
            ascend = ascend && start < end && (k == places.len() || end < length);
            let part = if is_dynamic(end) { DYN } else { end.saturating_sub(start) };
            outs = outs.and(input.shape.with(axis, part));
            (start, k) = (end, k + 1);
        }
        if ascend {
            return Ok(outs);
        }
        let mut m = Msg::new("split cuts an axis at places that ascend within it, but axis ")
            .signed(self.axis)
            .text(" of length ")
            .dim(length)
            .text(" cannot be cut at [");
        let mut k = 0;
        while k < places.len() {
            m = m.text(if k == 0 { "" } else { ", " }).signed(places[k]);
            k += 1;
        }
        Err(m.text("]: ").input(input).hint(
            "the places are where parts begin, but for the first: split(x, [2, 5]) has the places 0 to 1, 2 to 4 and 5 to \
             the end",
        ))
    }

    copies!();
}

/// A place of an axis, counted from its end if below 0; 0, where no part begins, for one that there is not.
const fn place(index: isize, length: usize) -> usize {
    if index >= 0 {
        index as usize
    } else if is_dynamic(length) {
        0
    } else {
        length.saturating_sub(index.unsigned_abs())
    }
}

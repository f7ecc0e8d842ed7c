//! Equations of Einstein's summation: `abc,cd->abd`.

use crate::layer::ok;
use crate::{In, MAX_RANK, Msg, Text};

/// The axes of a tensor with its batch, a letter each. Those that `...` stands for are digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    len: usize,
    list: [u8; MAX_RANK + 1],
}

impl Axes {
    const NONE: Axes = Axes { len: 0, list: [0; MAX_RANK + 1] };

    /// The letters.
    pub const fn as_slice(&self) -> &[u8] {
        crate::shape::first(&self.list, self.len)
    }

    /// The place of a letter.
    pub const fn find(&self, letter: u8) -> Option<usize> {
        let mut i = 0;
        while i < self.len {
            if self.list[i] == letter {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// Is the letter there?
    pub const fn has(&self, letter: u8) -> bool {
        self.find(letter).is_some()
    }

    const fn push(mut self, letter: u8) -> Option<Axes> {
        if self.len == self.list.len() || self.has(letter) {
            return None;
        }
        self.list[self.len] = letter;
        self.len += 1;
        Some(self)
    }

    /// These letters with `count` digits before or after them.
    const fn with(self, count: usize, before: bool) -> Option<Axes> {
        let mut axes = if before { Axes::NONE } else { self };
        let mut i = 0;
        while i < count {
            axes = match axes.push(b'0' + i as u8) {
                Some(axes) => axes,
                None => return None,
            };
            i += 1;
        }
        let mut i = 0;
        while before && i < self.len {
            axes = match axes.push(self.list[i]) {
                Some(axes) => axes,
                None => return None,
            };
            i += 1;
        }
        Some(axes)
    }
}

/// An equation, whose `...` have been replaced by as many axes as an input has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equation {
    /// The axes of the input.
    pub input: Axes,
    /// The axes of the kernel.
    pub kernel: Axes,
    /// The axes of the output.
    pub output: Axes,
    /// The axes before the first letter of the output.
    pub before: usize,
}

/// Where `...` stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nowhere,
    Before,
    After,
}

impl Equation {
    /// Reads an equation for an input.
    ///
    /// # Errors
    /// If it is not of the form `[X],[Y]->[Z]`, `...[X],[Y]->...[Z]` or `[X]...,[Y]->[Z]...`, or not one for a batch.
    pub const fn read(text: &Text, x: &In) -> Result<Equation, Msg> {
        let ([input, kernel, output], rest) = ok!(parts(text));
        let axes = x.shape.rank() + 1;
        if input.len > axes || (input.len < axes && matches!(rest, Rest::Nowhere)) {
            return Err(Msg::new("the equation \"")
                .text(text.as_str())
                .text("\" of EinsumDense is for inputs of ")
                .number(input.len)
                .text(if input.len == 1 { " axis with the batch, but " } else { " axes with the batch, but " })
                .input(x)
                .hint("give each axis of the input a letter, the batch first, or write `...` for those that stay as they are"));
        }
        let (count, before) = (axes - input.len, matches!(rest, Rest::Before));
        let (Some(input), Some(output)) = (input.with(count, before), output.with(count, before)) else {
            return Err(fault(text, "makes more than 7 axes"));
        };
        let equation = Equation { input, kernel, output, before: if before { count } else { 0 } };
        match equation.mistake() {
            Some(mistake) => Err(fault(text, mistake)),
            None => Ok(equation),
        }
    }

    const fn mistake(&self) -> Option<&'static str> {
        let (input, kernel, output) = (&self.input, &self.kernel, &self.output);
        if output.len == 0 || input.list[0] != output.list[0] || kernel.has(input.list[0]) {
            return Some("does not keep the batch, the first axis of the input, as the first one of the output alone");
        }
        if output.len < 2 {
            return Some("leaves no axis but the batch");
        }
        if kernel.len > MAX_RANK {
            return Some("has a kernel of more than 6 axes");
        }
        let mut i = 0;
        while i < kernel.len {
            if !input.has(kernel.list[i]) && !output.has(kernel.list[i]) {
                return Some("has an axis of the kernel that is in neither the input nor the output");
            }
            i += 1;
        }
        let mut i = 0;
        while i < output.len {
            if !input.has(output.list[i]) && !kernel.has(output.list[i]) {
                return Some("has an axis of the output that is in neither the input nor the kernel");
            }
            i += 1;
        }
        let mut i = 0;
        while i < input.len {
            if !kernel.has(input.list[i]) && !output.has(input.list[i]) {
                return Some(
                    "has an axis of the input that is in neither the kernel nor the output: sum it before the layer",
                );
            }
            i += 1;
        }
        None
    }
}

/// The letters of input, kernel and output, and where input and output have `...`.
const fn parts(text: &Text) -> Result<([Axes; 3], Rest), Msg> {
    let bytes = text.as_bytes();
    let (mut parts, mut rests) = ([Axes::NONE; 3], [Rest::Nowhere; 3]);
    let (mut part, mut i) = (0, 0);
    while i < bytes.len() {
        match bytes[i] {
            b' ' => {}
            b',' if part == 0 => part = 1,
            b'-' if part == 1 && i + 1 < bytes.len() && bytes[i + 1] == b'>' => {
                part = 2;
                i += 1;
            }
            b'.' if matches!(rests[part], Rest::Nowhere)
                && i + 2 < bytes.len()
                && bytes[i + 1] == b'.'
                && bytes[i + 2] == b'.' =>
            {
                rests[part] = if parts[part].len == 0 { Rest::Before } else { Rest::After };
                i += 2;
            }
            letter if letter.is_ascii_alphabetic() && !matches!(rests[part], Rest::After) => {
                parts[part] = match parts[part].push(letter) {
                    Some(axes) => axes,
                    None => return Err(fault(text, "names an axis twice, or more than 7 of them")),
                };
            }
            _ => return Err(malformed(text)),
        }
        i += 1;
    }
    let same = matches!(
        (rests[0], rests[2]),
        (Rest::Nowhere, Rest::Nowhere) | (Rest::Before, Rest::Before) | (Rest::After, Rest::After)
    );
    if part < 2 || parts[0].len == 0 || parts[1].len == 0 || !same || !matches!(rests[1], Rest::Nowhere) {
        return Err(malformed(text));
    }
    Ok((parts, rests[0]))
}

const fn fault(text: &Text, what: &str) -> Msg {
    Msg::new("the equation \"")
        .text(text.as_str())
        .text("\" of EinsumDense ")
        .text(what)
        .hint("the axes are those of input, kernel and output, the batch first, as in \"abc,cd->abd\"")
}

const fn malformed(text: &Text) -> Msg {
    fault(text, "does not read as [X],[Y]->[Z], ...[X],[Y]->...[Z] or [X]...,[Y]->[Z]...")
}

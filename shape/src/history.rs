//! How a shape came about, for messages: `28x28x1 (image) -> 26x26x32 (Conv2D) -> 13x13x32 (MaxPooling2D)`.

use crate::{In, Msg, Shape};

/// A tensor, who made it, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// Its shape.
    pub shape: Shape,
    /// The layer that made it, or the name of the input that it is.
    pub maker: &'a str,
    /// The place of the first tensor that the layer read, in the same list.
    pub before: Option<usize>,
}

/// Which story of its inputs helps to understand the message of a rule that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tale {
    /// None.
    None,
    /// How the only input became too small for a window.
    Shrank,
    /// How inputs that should agree came to differ.
    Branches,
    /// How a tensor came to another shape than it should have.
    Steps,
}

/// The number of steps to the tensor `at` that change the shape, and the first one.
const fn len(past: &[Past<'_>], at: usize) -> usize {
    let (mut len, mut at) = (1, at);
    while let Some(before) = past[at].before {
        len += !past[before].shape.same(&past[at].shape) as usize;
        at = before;
    }
    len
}

/// The tensor whose shape changed so many times on the way to the tensor `at`.
const fn back(past: &[Past<'_>], at: usize, changes: usize) -> usize {
    let (mut left, mut at) = (changes, at);
    while let Some(before) = past[at].before {
        if !past[before].shape.same(&past[at].shape) {
            if left == 0 {
                break;
            }
            left -= 1;
        }
        at = before;
    }
    at
}

impl Msg {
    /// This message with the story of its inputs, and what it was unrolled from, before its hint. `inputs` are the places
    /// of the inputs in `past`.
    pub const fn told(self, tale: Tale, x: &[In], past: &[Past<'_>], inputs: &[usize], context: &str) -> Msg {
        if self.is_empty() {
            return self;
        }
        let (what, hint) = self.split_hint();
        let mut m = Msg::new(what);
        if matches!(tale, Tale::Shrank) && !inputs.is_empty() && len(past, inputs[0]) > 2 {
            m = m.text("\nit shrank: ").steps(past, inputs[0]);
        }
        if matches!(tale, Tale::Steps) && !inputs.is_empty() && len(past, inputs[0]) > 2 {
            m = m.text("\nstep by step: ").steps(past, inputs[0]);
        }
        let mut i = 0;
        while i < inputs.len() && matches!(tale, Tale::Branches) {
            if len(past, inputs[i]) > 1 {
                m = m.text("\n`").text(x[i].name).text("`: ").steps(past, inputs[i]);
            }
            i += 1;
        }
        if !context.is_empty() {
            m = m.text("\nin ").text(context);
        }
        m.text(hint)
    }

    /// Of a long story the beginning and the end are told.
    const fn steps(self, past: &[Past<'_>], last: usize) -> Msg {
        let len = len(past, last);
        let mut m = self;
        let mut i = 0;
        while i < len {
            m = if i > 0 { m.text(" -> ") } else { m };
            if len > 8 && i == 2 {
                m = m.text("..");
                i = len - 5;
                continue;
            }
            let step = &past[back(past, last, len - 1 - i)];
            m = m.by(step.shape.dims()).text(" (").text(step.maker).text(")");
            i += 1;
        }
        m
    }

    /// The text before the hint, and the hint with the line break before it.
    pub(crate) const fn split_hint(&self) -> (&str, &str) {
        const MARK: &[u8] = b"\nhint: ";
        let text = self.as_str();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at + MARK.len() <= bytes.len() {
            let mut k = 0;
            while k < MARK.len() && bytes[at + k] == MARK[k] {
                k += 1;
            }
            if k == MARK.len() {
                return text.split_at(at);
            }
            at += 1;
        }
        (text, "")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;
    use std::vec::Vec;

    use super::{Past, Tale};
    use crate::{In, Msg, Shape};

    fn chain(lengths: &[usize]) -> Vec<Past<'static>> {
        let steps = lengths.iter().enumerate();
        steps
            .map(|(k, &length)| Past { shape: Shape::new(&[length, 1]), maker: "L", before: k.checked_sub(1) })
            .collect()
    }

    #[test]
    fn the_story_comes_before_the_hint_and_skips_equal_shapes() {
        let x = [In::new("b", Shape::new(&[3, 1]))];
        let m = Msg::new("too small").hint("grow").told(Tale::Shrank, &x, &chain(&[9, 9, 6, 3]), &[3], "`for k = 1`");
        assert_eq!(m.to_string(), "too small\nit shrank: 9x1 (L) -> 6x1 (L) -> 3x1 (L)\nin `for k = 1`\nhint: grow");
    }

    #[test]
    fn a_short_story_is_not_told() {
        let x = [In::new("b", Shape::new(&[3, 1]))];
        let told = |lengths: &[usize]| {
            Msg::new("no").told(Tale::Steps, &x, &chain(lengths), &[lengths.len() - 1], "").to_string()
        };
        assert_eq!(told(&[9, 3]), "no");
        assert_eq!(told(&[9, 6, 3]), "no\nstep by step: 9x1 (L) -> 6x1 (L) -> 3x1 (L)");
    }

    #[test]
    fn a_long_story_is_cut_in_the_middle() {
        let x = [In::new("b", Shape::new(&[1, 1]))];
        let m = Msg::new("no").told(Tale::Branches, &x, &chain(&[9, 8, 7, 6, 5, 4, 3, 2, 1]), &[8], "");
        assert_eq!(
            m.to_string(),
            "no\n`b`: 9x1 (L) -> 8x1 (L) -> .. -> 5x1 (L) -> 4x1 (L) -> 3x1 (L) -> 2x1 (L) -> 1x1 (L)"
        );
    }

    #[test]
    fn nothing_is_told_of_no_mistake() {
        assert!(Msg::EMPTY.told(Tale::None, &[], &[], &[], "`for k = 1`").is_empty());
    }
}

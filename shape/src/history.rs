//! How a shape came about, for messages: `28x28x1 (image) -> 26x26x32 (Conv2D) -> 13x13x32 (MaxPooling2D)`.

use crate::{In, Msg, Shape};

/// A tensor, who made it, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its shape.
    pub shape: Shape,
    /// The layer that made it, or the name of the input that it is.
    pub maker: &'static str,
    /// The first tensor that the layer read.
    pub before: Option<&'static Step>,
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
}

impl Step {
    /// The number of steps that change the shape, and the first one.
    const fn len(&self) -> usize {
        let (mut len, mut at) = (1, self);
        while let Some(before) = at.before {
            len += !before.shape.same(&at.shape) as usize;
            at = before;
        }
        len
    }

    /// The step that gave the shape which changed so many times since.
    const fn back(&self, changes: usize) -> &Step {
        let (mut left, mut at) = (changes, self);
        while let Some(before) = at.before {
            if !before.shape.same(&at.shape) {
                if left == 0 {
                    break;
                }
                left -= 1;
            }
            at = before;
        }
        at
    }
}

impl Msg {
    /// This message with the story of its inputs, and what it was unrolled from, before its hint.
    pub const fn told(self, tale: Tale, x: &[In], steps: &[&Step], context: &str) -> Msg {
        if self.is_empty() {
            return self;
        }
        let (what, hint) = self.split_hint();
        let mut m = Msg::new(what);
        if matches!(tale, Tale::Shrank) && steps[0].len() > 2 {
            m = m.text("\nit shrank: ").steps(steps[0]);
        }
        let mut i = 0;
        while i < steps.len() && matches!(tale, Tale::Branches) {
            if steps[i].len() > 1 {
                m = m.text("\n`").text(x[i].name).text("`: ").steps(steps[i]);
            }
            i += 1;
        }
        if !context.is_empty() {
            m = m.text("\nin ").text(context);
        }
        m.text(hint)
    }

    /// Of a long story the beginning and the end are told.
    const fn steps(self, last: &Step) -> Msg {
        let len = last.len();
        let mut m = self;
        let mut i = 0;
        while i < len {
            m = if i > 0 { m.text(" -> ") } else { m };
            if len > 8 && i == 2 {
                m = m.text("..");
                i = len - 5;
                continue;
            }
            let step = last.back(len - 1 - i);
            m = m.by(step.shape.dims()).text(" (").text(step.maker).text(")");
            i += 1;
        }
        m
    }

    /// The text before the hint, and the hint with the line break before it.
    const fn split_hint(&self) -> (&str, &str) {
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
    use std::boxed::Box;
    use std::string::ToString;

    use super::{Step, Tale};
    use crate::{In, Msg, Shape};

    fn chain(lengths: &[usize]) -> &'static Step {
        let mut last: Option<&'static Step> = None;
        for &length in lengths {
            let step = Step { shape: Shape::new(&[length, 1]), maker: "L", before: last };
            last = Some(Box::leak(Box::new(step)));
        }
        last.expect("there is one")
    }

    #[test]
    fn the_story_comes_before_the_hint_and_skips_equal_shapes() {
        let x = [In::new("b", Shape::new(&[3, 1]))];
        let m = Msg::new("too small").hint("grow").told(Tale::Shrank, &x, &[chain(&[9, 9, 6, 3])], "`for k = 1`");
        assert_eq!(m.to_string(), "too small\nit shrank: 9x1 (L) -> 6x1 (L) -> 3x1 (L)\nin `for k = 1`\nhint: grow");
    }

    #[test]
    fn a_long_story_is_cut_in_the_middle() {
        let x = [In::new("b", Shape::new(&[1, 1]))];
        let m = Msg::new("no").told(Tale::Branches, &x, &[chain(&[9, 8, 7, 6, 5, 4, 3, 2, 1])], "");
        assert_eq!(
            m.to_string(),
            "no\n`b`: 9x1 (L) -> 8x1 (L) -> .. -> 5x1 (L) -> 4x1 (L) -> 3x1 (L) -> 2x1 (L) -> 1x1 (L)"
        );
    }

    #[test]
    fn nothing_is_told_of_no_mistake() {
        assert!(Msg::EMPTY.told(Tale::None, &[], &[], "`for k = 1`").is_empty());
    }
}

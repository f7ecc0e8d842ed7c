//! The text of an error, built where `String` cannot be: in constant evaluation.

use crate::shape::axis_index;
use crate::{In, Shape, is_dynamic};

const CAPACITY: usize = 1024;

/// A message of at most 1,024 bytes; what does not fit is cut.
#[derive(Clone, Copy)]
pub struct Msg {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Msg {
    /// Nothing to say, because nothing is wrong or because an earlier layer has said it.
    pub const EMPTY: Msg = Msg { bytes: [0; CAPACITY], len: 0 };

    /// A message that starts with `text`.
    pub const fn new(text: &str) -> Msg {
        Msg::EMPTY.text(text)
    }

    /// Is there nothing to say?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends `text`.
    pub const fn text(mut self, text: &str) -> Msg {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() && self.len < CAPACITY {
            self.bytes[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends a number in decimals.
    pub const fn number(mut self, value: usize) -> Msg {
        let mut digits = [0u8; 20];
        let (mut rest, mut k) = (value, 0);
        loop {
            digits[k] = b'0' + (rest % 10) as u8;
            rest /= 10;
            k += 1;
            if rest == 0 {
                break;
            }
        }
        while k > 0 && self.len < CAPACITY {
            k -= 1;
            self.bytes[self.len] = digits[k];
            self.len += 1;
        }
        self
    }

    /// Appends a signed number in decimals.
    pub const fn signed(self, value: isize) -> Msg {
        if value < 0 { self.text("-").number(value.unsigned_abs()) } else { self.number(value as usize) }
    }

    /// Appends a number with at most six decimals.
    pub const fn decimal(self, value: f64) -> Msg {
        let m = if value < 0.0 { self.text("-") } else { self };
        let value = value.abs();
        if value.is_nan() || value >= 1e12 {
            return m.text(if value.is_nan() { "NaN" } else { "a huge number" });
        }
        // The half makes the cut below a rounding.
        let millionths = (value * 1e6 + 0.5) as u64;
        let (whole, mut rest) = (millionths / 1_000_000, millionths % 1_000_000);
        let mut m = m.number(whole as usize);
        if rest > 0 {
            m = m.text(".");
        }
        while rest > 0 {
            m = m.number((rest / 100_000) as usize);
            rest = rest % 100_000 * 10;
        }
        m
    }

    /// Appends a dimension: its number, or `_` where only the data knows it.
    pub const fn dim(self, dim: usize) -> Msg {
        if is_dynamic(dim) { self.text("_") } else { self.number(dim) }
    }

    /// Appends the length of an axis of a tensor: its number, its name, or `_`.
    pub const fn length(self, input: &In, axis: usize) -> Msg {
        match axis_index(input.shape.dim(axis)) {
            Some(k) if k < input.axes.len() => self.text(input.axes[k]),
            _ => self.dim(input.shape.dim(axis)),
        }
    }

    /// This message with a remark before its hint.
    pub const fn remark(self, remark: &Msg) -> Msg {
        let (what, hint) = self.split_hint();
        Msg::new(what).text("\n").text(remark.as_str()).text(hint)
    }

    /// Appends a shape with the batch axis, as in `(batch, 28, 28, 1)`.
    pub const fn shape(self, shape: &Shape) -> Msg {
        self.shape_with(shape, &[])
    }

    /// Appends numbers joined by `x`, as in `3x3`.
    pub const fn by(self, dims: &[usize]) -> Msg {
        let mut m = self;
        let mut i = 0;
        while i < dims.len() {
            if i > 0 {
                m = m.text("x");
            }
            m = m.dim(dims[i]);
            i += 1;
        }
        m
    }

    /// Appends which tensor it is: `` `photo` `` or ``the output of `Flatten()` ``.
    pub const fn name(self, input: &In) -> Msg {
        let bytes = input.name.as_bytes();
        let anonymous = !bytes.is_empty() && bytes[bytes.len() - 1] == b')';
        self.text(if anonymous { "the output of `" } else { "`" }).text(input.name).text("`")
    }

    /// Appends a tensor with its shape: `` `photo` has shape (batch, 64, 64, 3) ``.
    pub const fn input(self, input: &In) -> Msg {
        self.name(input).text(" has shape ").shape_with(&input.shape, input.axes)
    }

    /// Appends a tensor with its shape: `` `photo` of shape (batch, 64, 64, 3) ``.
    pub const fn of_shape(self, input: &In) -> Msg {
        self.name(input).text(" of shape ").shape_of(input)
    }

    /// Appends tensors with their shapes, separated by commas.
    pub const fn inputs(self, inputs: &[In]) -> Msg {
        let mut m = self;
        let mut i = 0;
        while i < inputs.len() {
            m = if i > 0 { m.text(", ") } else { m };
            m = m.of_shape(&inputs[i]);
            i += 1;
        }
        m
    }

    /// Appends the tensor's shape, its named axes by name.
    pub const fn shape_of(self, input: &In) -> Msg {
        self.shape_with(&input.shape, input.axes)
    }

    /// Appends the dimensions as they are written between angle brackets: `28, 28, 1`.
    pub const fn axes(self, input: &In) -> Msg {
        self.list(&input.shape, input.axes, "")
    }

    /// An output that is declared with another shape; no `name` where there is only one.
    pub const fn declared(name: &str, declared: &In, input: &In) -> Msg {
        let m = match name.is_empty() {
            true => Msg::new("the output is declared as "),
            false => Msg::new("output `").text(name).text("` is declared as "),
        };
        m.shape_of(declared)
            .text(", but ")
            .input(input)
            .text("\nhint: declare Output<")
            .axes(input)
            .text(">, or change the layer that makes it")
    }

    /// A layer whose outputs are taken by another number of names.
    pub const fn names(layer: &str, outputs: usize, names: usize) -> Msg {
        let m = Msg::new(layer).text(" has ").number(outputs).text(if outputs == 1 { " output" } else { " outputs" });
        let m = m.text(", but ").number(names).text(if names == 1 { " name takes it" } else { " names take them" });
        if outputs == 1 {
            return m.text("\nhint: bind it with `let y = ").text(layer).text("(..)(x);`");
        }
        let mut m = m.text("\nhint: bind them with `let (a");
        let mut i = 1;
        while i < outputs {
            m = m.text(match i {
                1 => ", b",
                2 => ", c",
                _ => ", _",
            });
            i += 1;
        }
        m.text(") = ").text(layer).text("(..)(x);`, with `_` for one that is not needed")
    }

    /// Appends a way out on a line of its own.
    pub const fn hint(self, text: &str) -> Msg {
        if text.is_empty() { self } else { self.text("\nhint: ").text(text) }
    }

    /// The text so far.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // A character was cut at the end of the buffer.
            Err(error) => match core::str::from_utf8(self.bytes.split_at(error.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }

    /// Stops constant evaluation with this message, on the caller's token; an empty message says nothing.
    #[track_caller]
    pub const fn report(&self) {
        if !self.is_empty() {
            panic!("{}", self.as_str());
        }
    }

    const fn shape_with(self, shape: &Shape, axes: &[&str]) -> Msg {
        self.text("(batch").list(shape, axes, ", ").text(")")
    }

    pub(crate) const fn list(self, shape: &Shape, axes: &[&str], before: &str) -> Msg {
        let mut m = self.text(before);
        let mut i = 0;
        while i < shape.rank() {
            m = if i > 0 { m.text(", ") } else { m };
            m = match axis_index(shape.dim(i)) {
                Some(k) if k < axes.len() => m.text(axes[k]),
                _ => m.dim(shape.dim(i)),
            };
            i += 1;
        }
        m
    }
}

impl core::fmt::Display for Msg {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Debug for Msg {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

use super::check;
use crate::layer::{layer, ok};
use crate::{Activation, Equation, Facts, In, Initializer, Msg, OpenDims, Outs, Rule, Shape, Text, Weights, is_dynamic};

layer! {
    /// A product with a kernel over any axes: `y = activation(einsum(equation, x, kernel) + bias)`.
    ///
    /// `EinsumDense("abc,cd->abd", output_shape = (None, 64), bias_axes = "d")` is a `Dense(64)` of every step. The letters
    /// before the arrow are the axes of the input, the batch first, and of the kernel; those after it are the axes of the
    /// output. An axis that is in input and kernel and not in the output is summed over. `...` stands for the axes that an
    /// input has before or after its letters. Input: any shape that the equation fits; axes that the kernel does not have
    /// may be dynamic. Output: `output_shape`, in which `None` is an axis of the input. Weights: kernel (Glorot uniform), as
    /// long as the axes that it shares with input and output; bias (zeros) of the axes of the output from the first of
    /// `bias_axes` on, of length 1 where they are not in it. Training and inference do the same. Errors: an equation that
    /// does not fit the input, or an `output_shape` that does not fit the equation.
    EinsumDense {
        /// The axes of input, kernel and output.
        equation: Text,
        /// The axes of the output without the batch and without those of `...`; `None` is an axis of the input.
        output_shape: OpenDims,
        /// Applied to the output.
        activation: Activation = Activation::Linear,
        /// The axes of the output that the bias has; without it there is none.
        bias_axes: Option<Text> = None,
        /// How the kernel starts.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the bias starts.
        bias_initializer: Initializer = Initializer::Zeros,
    }
}

impl EinsumDense {
    /// The equation for an input that the rule accepts.
    pub const fn read(&self, x: &Shape) -> Equation {
        match Equation::read(&self.equation, &In::new("x", *x)) {
            Ok(equation) => equation,
            Err(_) => panic!("the rule has accepted it"),
        }
    }

    /// The shape that the equation makes of the input's.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("EinsumDense", x));
        let equation = ok!(Equation::read(&self.equation, input));
        let shape = ok!(self.output(&equation, input));
        ok!(kernel_is_fixed(&equation, input, &shape));
        ok!(self.bias_is_fixed(&equation, &shape));
        Ok(Outs::one(shape))
    }

    /// An axis a letter: that of the input where it has the letter, and that of `output_shape` otherwise.
    const fn output(&self, equation: &Equation, input: &In) -> Result<Shape, Msg> {
        let (letters, given) = (equation.output.as_slice(), self.output_shape.0.as_slice());
        let rest = if equation.before > 0 { equation.before - 1 } else { input.shape.rank() + 1 - self.letters(equation) };
        if given.len() + rest + 1 != letters.len() {
            return Err(self
                .about()
                .text(" makes ")
                .number(letters.len() - 1 - rest)
                .text(" axes besides the batch, but output_shape has ")
                .number(given.len())
                .hint("give output_shape one number for each letter of the output after the batch, None where it is the input's"));
        }
        let first = if equation.before > 0 { equation.before } else { 1 };
        let mut shape = Shape::new(&[]);
        let mut place = 1;
        while place < letters.len() {
            let wanted = if place >= first && place - first < given.len() { given[place - first] } else { -1 };
            shape = shape.push(ok!(self.output_axis(equation, input, &letters[place], wanted)));
            place += 1;
        }
        Ok(shape)
    }

    /// The length of an axis of the output, for which `output_shape` has `wanted`; -1 is `None`.
    const fn output_axis(&self, equation: &Equation, input: &In, axis: &u8, wanted: isize) -> Result<usize, Msg> {
        let Some(own) = equation.input.find(*axis) else {
            if wanted >= 1 {
                return Ok(wanted as usize);
            }
            return Err(self
                .about()
                .text(" needs a length for the axis `")
                .text(letter(axis))
                .text("` of the output, which the input does not have")
                .hint("write a positive number in its place in output_shape"));
        };
        let dim = input.shape.dim(own - 1);
        if wanted != -1 && dim != wanted as usize {
            return Err(self
                .about()
                .text(" takes the axis `")
                .text(letter(axis))
                .text("` of the output from the input, but output_shape has ")
                .signed(wanted)
                .text(" there, and ")
                .input(input)
                .hint("write None in output_shape for the axes of the input"));
        }
        Ok(dim)
    }

    /// The axes of the bias have lengths that are known beforehand.
    const fn bias_is_fixed(&self, equation: &Equation, shape: &Shape) -> Result<(), Msg> {
        let Some(bias) = self.bias_axes else { return Ok(()) };
        let bias = bias.as_bytes();
        let mut i = 0;
        while i < bias.len() {
            match equation.output.find(bias[i]) {
                Some(axis) if axis > 0 && bias[i].is_ascii_alphabetic() && !is_dynamic(shape.dim(axis - 1)) => {}
                _ => {
                    return Err(self
                        .about()
                        .text(" has no axis `")
                        .text(letter(&bias[i]))
                        .text("` of a fixed length in its output that a bias could have")
                        .hint("name axes of the output in bias_axes, such as its last one, and not the batch"));
                }
            }
            i += 1;
        }
        Ok(())
    }

    /// kernel, and bias with `bias_axes`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let equation = self.read(&x[0].shape);
        let shape = match self.outputs(x) {
            Ok(outs) => outs.get(0).shape,
            Err(_) => panic!("the rule has accepted it"),
        };
        let letters = equation.kernel.as_slice();
        let (mut kernel, mut outputs, mut i) = (Shape::new(&[]), 0, 0);
        while i < letters.len() {
            kernel = kernel.push(length(&equation, &x[0].shape, &shape, letters[i]));
            outputs |= (equation.output.has(letters[i]) as u8) << i;
            i += 1;
        }
        let weights = Weights::NONE.with_projection("kernel", kernel.dims(), outputs, self.kernel_initializer);
        let Some(bias) = self.bias_axes else { return weights };
        let bias = Text::as_bytes(&bias);
        let (output, mut dims, mut place) = (equation.output.as_slice(), Shape::new(&[]), 1);
        while place < output.len() {
            let has = contains(bias, output[place]);
            if has || dims.rank() > 0 {
                dims = dims.push(if has { shape.dim(place - 1) } else { 1 });
            }
            place += 1;
        }
        weights.with_if(dims.rank() > 0, "bias", dims.dims(), self.bias_initializer)
    }

    /// A multiplication and an addition for each product.
    pub const fn flops(&self, x: &[In]) -> usize {
        let Ok(outs) = self.outputs(x) else { return 0 };
        let equation = self.read(&x[0].shape);
        let (letters, mut summed, mut i) = (equation.kernel.as_slice(), 1, 0);
        while i < letters.len() {
            if !equation.output.has(letters[i]) {
                summed *= length(&equation, &x[0].shape, &outs.get(0).shape, letters[i]);
            }
            i += 1;
        }
        2 * outs.get(0).shape.size() * summed
    }

    /// Reads its input, and its output to go back through the activation.
    pub const fn facts(&self) -> Facts {
        Facts::activated(self.activation).weighted()
    }

    const fn about(&self) -> Msg {
        Msg::new("the equation \"").text(self.equation.as_str()).text("\" of EinsumDense")
    }

    /// How many axes of the input have letters.
    const fn letters(&self, equation: &Equation) -> usize {
        let (axes, mut count, mut i) = (equation.input.as_slice(), 0, 0);
        while i < axes.len() {
            count += axes[i].is_ascii_alphabetic() as usize;
            i += 1;
        }
        count
    }
}

/// The axes of the kernel have lengths that are known beforehand.
const fn kernel_is_fixed(equation: &Equation, input: &In, shape: &Shape) -> Result<(), Msg> {
    let kernel = equation.kernel.as_slice();
    let mut axis = 0;
    while axis < kernel.len() {
        if is_dynamic(length(equation, &input.shape, shape, kernel[axis])) {
            return Err(Msg::new("EinsumDense has weights along the axis `")
                .text(letter(&kernel[axis]))
                .text("`, so it must be fixed, but ")
                .input(input)
                .hint("give this axis of the input a number, or leave it out of the kernel"));
        }
        axis += 1;
    }
    Ok(())
}

/// The length of an axis of input or output.
const fn length(equation: &Equation, x: &Shape, y: &Shape, letter: u8) -> usize {
    match equation.input.find(letter) {
        Some(axis) => x.dim(axis - 1),
        None => match equation.output.find(letter) {
            Some(axis) => y.dim(axis - 1),
            None => 1,
        },
    }
}

const fn contains(bytes: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// A letter as a text.
const fn letter(byte: &u8) -> &str {
    match core::str::from_utf8(core::slice::from_ref(byte)) {
        Ok(text) => text,
        Err(_) => "?",
    }
}

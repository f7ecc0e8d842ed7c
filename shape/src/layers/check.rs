//! Checks and sentences that several layers share.

mod meet;
mod settings;

pub(super) use meet::{ONE_NAME, broadcast, meet, merge_flops, merged, no_spread, several, spread};
pub(super) use settings::{
    above_zero, all_positive, factor, nearest_or_bilinear, not_causal, not_negative, positive, share, value_range,
};

use crate::layer::ok;
use crate::{Dims, In, Kind, MAX_RANK, Msg, Outs, Rule, Shape, is_dynamic};

/// The only input, whatever it holds.
pub(super) const fn one<'a>(layer: &str, x: &'a [In]) -> Result<&'a In, Msg> {
    match x {
        [input] => Ok(input),
        [] => Err(Msg::new(layer)
            .text(" takes 1 input, but none was given")
            .text("\nhint: write the tensor after the layer: ")
            .text(layer)
            .text("(..)(x)")),
        _ => Err(Msg::new(layer)
            .text(" takes 1 input, but ")
            .number(x.len())
            .text(" were given")
            .hint("join them first with Concatenate()(a, b) or Add()(a, b)")),
    }
}

/// The only input, of numbers.
pub(super) const fn only<'a>(layer: &str, x: &'a [In]) -> Result<&'a In, Msg> {
    numbers(layer, ok!(one(layer, x)))
}

/// What an operator says to a constant that is no number.
pub(super) const fn not_finite() -> Msg {
    Msg::new("the number beside this tensor is not finite").hint("a constant that a tensor is divided by must not be 0")
}

/// `input`, if it holds numbers.
pub(super) const fn numbers<'a>(layer: &str, input: &'a In) -> Result<&'a In, Msg> {
    match input.kind {
        Kind::Float => Ok(input),
        Kind::Int => Err(Msg::new(layer)
            .text(" takes numbers, but ")
            .name(input)
            .text(" holds whole-number ids")
            .hint("look the ids up first with Embedding(input_dim, output_dim), or declare the input without its integer type")),
        Kind::Mask => Err(Msg::new(layer)
            .text(" takes numbers, but ")
            .name(input)
            .text(" is a mask of true and false")
            .hint("a mask is given at the call, LSTM(4)(x, mask = m), or chooses, select(m, x, 0.0); an input of 0 and 1 to compute with has no bool")),
    }
}

/// The inputs, and the mask that may follow them.
pub(super) const fn unmasked(x: &[In]) -> (&[In], Option<&In>) {
    match x {
        [inputs @ .., mask] if matches!(mask.kind, Kind::Mask) && !inputs.is_empty() => (inputs, Some(mask)),
        _ => (x, None),
    }
}

/// The only input, of steps that the mask may follow.
pub(super) const fn masked<'a>(layer: &str, x: &'a [In]) -> Result<&'a [In], Msg> {
    let (inputs, mask) = unmasked(x);
    if let Some(mask) = mask {
        ok!(one_a_step(layer, &inputs[0], mask));
    }
    Ok(inputs)
}

/// `input`, if it has steps and features.
pub(super) const fn steps(layer: &str, input: &In) -> Result<(), Msg> {
    if input.shape.rank() >= 2 {
        return Ok(());
    }
    Err(Msg::new(layer)
        .text(" takes a sequence [steps, features], but ")
        .input(input)
        .hint("a missing axis of features is added with Reshape((-1, 1))"))
}

/// The mask of a sequence has one value a step.
pub(super) const fn one_a_step(layer: &str, input: &In, mask: &In) -> Result<(), Msg> {
    let agree = mask.shape.rank() == 1 && Shape::dims_agree(mask.shape.dim(0), input.shape.dim(0));
    if input.shape.rank() == 0 || agree {
        return Ok(());
    }
    Err(Msg::new(layer)
        .text(" takes a mask with one value a step, but ")
        .input(mask)
        .text(" and ")
        .input(input)
        .hint("give a mask with as many steps as the sequence that it masks"))
}

/// The only input, of any kind.
pub(super) const fn any_one<'a>(layer: &str, x: &'a [In]) -> Result<&'a In, Msg> {
    if x.len() == 1 {
        return Ok(&x[0]);
    }
    Err(Msg::new(layer).text(" takes 1 input, but ").number(x.len()).text(" were given"))
}

/// The only input: `axes` spatial axes and the channels.
pub(super) const fn spatial<'a>(layer: &str, axes: usize, x: &'a [In]) -> Result<&'a In, Msg> {
    let input = ok!(only(layer, x));
    let rank = input.shape.rank();
    if rank == axes + 1 {
        return Ok(input);
    }
    let m = Msg::new(layer).text(match axes {
        1 => " takes a sequence [steps, features], but ",
        2 => " takes an image [height, width, channels], but ",
        _ => " takes a volume [depth, height, width, channels], but ",
    });
    let m = m.input(input);
    if axes == 1 && rank > 3 {
        return Err(folded(m, input));
    }
    Err(m.hint(match (axes, rank) {
        (1, 1) => "a missing axis of features is added with Reshape((-1, 1))",
        (1, 3) => "for an image [height, width, channels] use the 2D form of the layer",
        (1, _) => "fold the extra axes first with Reshape((steps, features))",
        (2, 1) => "give the numbers their places first with Reshape((height, width, channels))",
        (2, 2) => {
            "a missing channel axis is added with Reshape((height, width, 1)); \
             for a sequence [steps, features] use the 1D form of the layer"
        }
        (2, 4) => {
            "if the first axis is the batch, leave it out of the input's shape; \
             for a volume [depth, height, width, channels] use the 3D form of the layer"
        }
        (2, _) => "fold the extra axes first with Reshape((height, width, channels))",
        (_, 3) => {
            "a missing channel axis is added with Reshape((depth, height, width, 1)); \
             for an image [height, width, channels] use the 2D form of the layer"
        }
        _ => "give the numbers their places first with Reshape((depth, height, width, channels))",
    }))
}

/// The hint to fold all axes but the first of `input` into one of features.
pub(super) const fn folded(m: Msg, input: &In) -> Msg {
    let m = m.text("\nhint: fold the extra axes first with Reshape((");
    let m = if is_dynamic(input.shape.dim(0)) { m.text("-1") } else { m.number(input.shape.dim(0)) };
    let rest = input.shape.remove(0);
    if rest.has_dynamic() {
        return m.text(", features))");
    }
    m.text(", ").number(rest.size()).text("))")
}

/// `input`, if its last axis has a fixed length.
pub(super) const fn channels(layer: &str, what: &str, input: &In) -> Result<usize, Msg> {
    let channels = input.shape.last();
    if !is_dynamic(channels) {
        return Ok(channels);
    }
    Err(Msg::new(layer)
        .text(" has weights for each of its ")
        .text(what)
        .text(", so their number must be fixed, but ")
        .input(input)
        .hint("give the last axis of the input a number"))
}

/// Is every dimension of `input` fixed?
pub(super) const fn fixed(layer: &str, input: &In) -> Result<(), Msg> {
    if input.shape.has_dynamic() {
        return Err(Msg::new(layer).text(" needs fixed dimensions, but ").input(input).hint(
            match input.shape.rank() {
                1 => "give the axis a number in the model's signature",
                2 => "reduce the dynamic axis first, for example with GlobalAveragePooling1D()",
                3 => "reduce the dynamic axes first, for example with GlobalAveragePooling2D()",
                _ => "reduce the dynamic axes first, for example with GlobalAveragePooling3D()",
            },
        ));
    }
    Ok(())
}

/// The place of Keras' `axis` (counted with the batch axis, or from the end if negative) among the axes of a sample.
pub(super) const fn axis(layer: &str, axis: isize, input: &In) -> Result<usize, Msg> {
    let rank = input.shape.rank() as isize;
    let place = if axis < 0 { rank + axis } else { axis - 1 };
    if axis == 0 {
        return Err(Msg::new(layer)
            .text(" has axis = 0, the batch axis, which cannot be used")
            .hint("axes are counted as in Keras: 1 is the first axis of a sample, -1 the last"));
    }
    if place < 0 || place >= rank {
        return Err(Msg::new(layer)
            .text(" has axis = ")
            .signed(axis)
            .text(", but ")
            .input(input)
            .hint("axes are counted as in Keras: 1 is the first axis of a sample, -1 the last"));
    }
    Ok(place as usize)
}

/// Which axes of a sample are named by Keras' numbers.
pub(super) const fn axes(layer: &str, named: &Dims, input: &In) -> Result<[bool; MAX_RANK], Msg> {
    let named = named.as_slice();
    let mut found = [false; MAX_RANK];
    let mut k = 0;
    while k < named.len() {
        let place = ok!(axis(layer, named[k], input));
        if found[place] {
            return Err(Msg::new(layer)
                .text(" names an axis twice: ")
                .signed(named[k])
                .text(" of ")
                .of_shape(input)
                .hint("name each axis once"));
        }
        found[place] = true;
        k += 1;
    }
    Ok(found)
}

/// The rule of a layer that does something along one axis, and keeps the shape.
pub(super) const fn along(layer: &str, place: isize, x: &[In]) -> Rule {
    let input = ok!(only(layer, x));
    ok!(axis(layer, place, input));
    Ok(Outs::one(input.shape))
}

/// The shape of `input` with a new axis of length `dim`, whose place is counted among the axes that there will be.
pub(super) const fn with_axis(layer: &str, place: isize, dim: usize, input: &In) -> Result<Shape, Msg> {
    let rank = input.shape.rank();
    if rank == MAX_RANK {
        return Err(Msg::new(layer).text(" adds an axis, but ").input(input).text(" has the most axes there can be"));
    }
    let longer = In { shape: input.shape.push(1), ..*input };
    let at = match axis(layer, place, &longer) {
        Ok(at) => at,
        Err(message) if place == 0 => return Err(message),
        Err(_) => {
            return Err(Msg::new(layer)
                .text(" puts its new axis at ")
                .signed(place)
                .text(", but ")
                .input(input)
                .text("\nhint: 1 comes before the first axis of a sample, ")
                .number(rank + 1)
                .text(" or -1 after its last"));
        }
    };
    let mut shape = Shape::new(input.shape.dims().split_at(at).0).push(dim);
    let mut k = at;
    while k < rank {
        shape = shape.push(input.shape.dim(k));
        k += 1;
    }
    Ok(shape)
}

/// Floating-point operations of one element-wise pass over `shape`.
pub(super) const fn pass(shape: &Shape) -> usize {
    shape.size()
}

/// One operation for each element of what a rule says comes out; none where it finds a mistake.
pub(super) const fn each_output(outputs: &Rule) -> usize {
    match outputs {
        Ok(outs) => pass(&outs.get(0).shape),
        Err(_) => 0,
    }
}

/// The shape of an output with an axis that is too long for any memory.
pub(super) const fn too_long(rule: &Rule) -> Option<Shape> {
    match rule {
        Ok(outs) => outs.too_long(),
        Err(_) => None,
    }
}

/// The message for it.
pub(super) const fn axis_too_long(layer: &str, shape: &Shape) -> Msg {
    Msg::new(layer)
        .text(" would make an axis that is too long for any memory: ")
        .shape(shape)
        .hint("an axis has at most 4294967295 places")
}

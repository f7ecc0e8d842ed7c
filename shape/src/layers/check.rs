//! Checks and sentences that several layers share.

use crate::layer::ok;
use crate::{Factor, In, Interpolation, Kind, MAX_RANK, Msg, Numbers, Outs, Padding, Rule, Shape, is_dynamic};

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
            .hint("a mask is given at the call: LSTM(4)(x, mask = m); numbers that are 0 or 1 are an input without bool")),
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

/// A setting that must be at least 1.
pub(super) const fn positive(layer: &str, name: &str, value: usize) -> Result<(), Msg> {
    if value == 0 {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` of at least 1, but got 0")
            .hint("give it a positive number"))
    } else {
        Ok(())
    }
}

/// Settings that must each be at least 1.
pub(super) const fn all_positive(layer: &str, name: &str, values: &[usize]) -> Result<(), Msg> {
    let mut i = 0;
    while i < values.len() {
        if values[i] == 0 {
            return Err(Msg::new(layer)
                .text(" needs `")
                .text(name)
                .text("` of at least 1 on every axis, but got ")
                .by(values)
                .hint("give it positive numbers"));
        }
        i += 1;
    }
    Ok(())
}

/// A share that must be in 0..1.
pub(super) const fn share(layer: &str, name: &str, value: f64) -> Result<(), Msg> {
    if value >= 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` in 0..1 (1 excluded), but got ")
            .decimal(value)
            .hint("0.5 drops half of the values; a percentage such as 50 is written 0.5"))
    }
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

/// The place of a new axis, counted among the axes that there will be.
pub(super) const fn new_axis(layer: &str, place: isize, input: &In) -> Result<usize, Msg> {
    let longer = In { shape: input.shape.push(1), ..*input };
    if place != 0 && axis(layer, place, &longer).is_err() {
        return Err(Msg::new(layer)
            .text(" puts its new axis at ")
            .signed(place)
            .text(", but ")
            .input(input)
            .text("\nhint: 1 comes before the first axis of a sample, ")
            .number(input.shape.rank() + 1)
            .text(" or -1 after its last"));
    }
    axis(layer, place, &longer)
}

/// Two or more inputs of numbers.
pub(super) const fn several(layer: &str, x: &[In]) -> Result<(), Msg> {
    if x.len() < 2 {
        return Err(Msg::new(layer)
            .text(" takes 2 or more inputs, but ")
            .number(x.len())
            .text(if x.len() == 1 { " was given" } else { " were given" })
            .text("\nhint: write the tensors one after the other: ")
            .text(layer)
            .text("(..)(a, b)"));
    }
    let mut i = 0;
    while i < x.len() {
        ok!(numbers(layer, &x[i]));
        i += 1;
    }
    Ok(())
}

/// The rule of Keras' element-wise merges: equal rank, each axis equal or 1.
pub(super) const fn merged(layer: &str, x: &[In]) -> Rule {
    ok!(several(layer, x));
    let mut shape = x[0].shape;
    let mut i = 1;
    while i < x.len() {
        let other = x[i].shape;
        if shape.rank() != other.rank() {
            return Err(Msg::new(layer)
                .text(" needs inputs with the same number of axes, but ")
                .input(&x[0])
                .text(" and ")
                .input(&x[i])
                .hint("bring them to one shape with Flatten(), Reshape(..) or a global pooling layer"));
        }
        let mut k = 0;
        while k < shape.rank() {
            match broadcast(shape.dim(k), other.dim(k)) {
                Some(dim) => shape = shape.with(k, dim),
                None => return Err(unequal(layer, &x[0], &x[i], k)),
            }
            k += 1;
        }
        i += 1;
    }
    Ok(Outs::one(shape))
}

/// The length of an axis where `a` meets `b`; `None` if neither is 1 and they differ.
pub(super) const fn broadcast(a: usize, b: usize) -> Option<usize> {
    if a == b || b == 1 {
        Some(a)
    } else if a == 1 {
        Some(b)
    } else if !Shape::dims_agree(a, b) {
        None
    } else if is_dynamic(a) && is_dynamic(b) {
        // Either may turn out to be 1.
        Some(crate::DYN)
    } else if is_dynamic(b) {
        Some(a)
    } else {
        Some(b)
    }
}

/// What two axes of different names take.
pub(super) const ONE_NAME: &str =
    "axes that are always equally long have one name: a: Input<time, 8>, b: Input<time, 8>";

const fn unequal(layer: &str, a: &In, b: &In, axis: usize) -> Msg {
    let m = Msg::new(layer)
        .text(" needs inputs of equal shape, but ")
        .input(a)
        .text(" and ")
        .input(b)
        .text(": ")
        .length(a, axis)
        .text(" meets ")
        .length(b, axis);
    let last = axis + 1 == a.shape.rank();
    m.text("\nhint: ").text(match (a.shape.rank(), last) {
        _ if is_dynamic(a.shape.dim(axis)) => ONE_NAME,
        (1, _) => "bring both to the same width, for example with Dense(..)",
        (3, true) => "project one of them to the same channels with Conv2D(.., 1)",
        (2, true) => "bring both to the same features, for example with TimeDistributed(Dense(..))",
        (3, false) => "give both branches the same strides and padding = same",
        _ => "bring both to the same shape first",
    })
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

/// Floating-point operations of an element-wise merge of inputs that [`merged`] accepts.
pub(super) const fn merge_flops(x: &[In]) -> usize {
    match merged("", x) {
        Ok(outs) => (x.len() - 1) * pass(&outs.get(0).shape),
        Err(_) => 0,
    }
}

/// A setting that must not be negative.
pub(super) const fn not_negative(layer: &str, name: &str, value: f64) -> Result<(), Msg> {
    if value >= 0.0 {
        Ok(())
    } else {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` of at least 0, but got ")
            .decimal(value)
            .hint("drop the minus sign"))
    }
}

/// A setting that must be above 0, such as an epsilon.
pub(super) const fn above_zero(layer: &str, name: &str, value: f64) -> Result<(), Msg> {
    if value > 0.0 {
        Ok(())
    } else {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` above 0, but got ")
            .decimal(value)
            .hint("leave it out to take Keras' default"))
    }
}

/// A padding that layers other than Conv1D know.
pub(super) const fn not_causal(layer: &str, padding: Padding) -> Result<(), Msg> {
    if !matches!(padding, Padding::Causal) {
        return Ok(());
    }
    Err(Msg::new(layer)
        .text(" takes padding = valid or padding = same, but got padding = causal")
        .hint("causal means that no step sees a later one: it needs the time axis of Conv1D"))
}

/// Outputs whose axes are not too long for any memory.
pub(super) const fn limited(layer: &str, rule: Rule) -> Rule {
    if let Ok(outs) = &rule
        && let Some(place) = outs.too_long()
    {
        return Err(Msg::new(layer)
            .text(" would make an axis that is too long for any memory: ")
            .shape(&outs.get(place).shape)
            .hint("an axis has at most 4294967295 places"));
    }
    rule
}

/// The values of an image lie between two numbers.
pub(super) const fn value_range(layer: &str, range: &Numbers) -> Result<(), Msg> {
    match range.as_slice() {
        [low, high] if *low < *high => Ok(()),
        _ => Err(Msg::new(layer)
            .text(" needs a value_range of two rising numbers")
            .hint("write value_range = (0.0, 1.0) for images whose values are in 0..=1")),
    }
}

/// A factor whose limits lie between two numbers.
pub(super) const fn factor(layer: &str, name: &str, factor: Factor, [least, most]: [f64; 2]) -> Result<(), Msg> {
    let [low, high] = factor.limits();
    if low >= least && high <= most {
        return Ok(());
    }
    let m = Msg::new(layer).text(" needs `").text(name).text("` between ").decimal(least);
    let m = if most < 1e12 { m.text(" and ").decimal(most) } else { m.text(" and above") };
    Err(m
        .text(", but got ")
        .decimal(low)
        .text(" to ")
        .decimal(high)
        .hint("a factor is a share: 0.1 stands for -10 % to 10 %"))
}

/// The interpolations of images that are moved.
pub(super) const fn nearest_or_bilinear(layer: &str, interpolation: Interpolation) -> Result<(), Msg> {
    match interpolation {
        Interpolation::Nearest | Interpolation::Bilinear => Ok(()),
        other => Err(Msg::new(layer)
            .text(" makes values between places by nearest or bilinear, but has interpolation = ")
            .text(other.word())
            .hint("write interpolation = bilinear, or leave it out")),
    }
}

/// The shape in which two shapes meet from the last axis: lengths are equal or 1, missing leading axes count as 1. Where
/// they do not, the axis, counted from 1 at the end.
pub(super) const fn spread(a: &Shape, b: &Shape) -> Result<Shape, usize> {
    let rank = if a.rank() > b.rank() { a.rank() } else { b.rank() };
    let mut dims = [1; MAX_RANK];
    let mut k = 1;
    while k <= rank {
        let left = if k <= a.rank() { a.dim(a.rank() - k) } else { 1 };
        let right = if k <= b.rank() { b.dim(b.rank() - k) } else { 1 };
        match broadcast(left, right) {
            Some(dim) => dims[rank - k] = dim,
            None => return Err(k),
        }
        k += 1;
    }
    Ok(Shape::new(dims.split_at(rank).0))
}

/// What is wrong with two shapes that do not meet on their axis `k` from the end.
pub(super) const fn no_spread(layer: &str, first: &In, second: &In, k: usize) -> Msg {
    Msg::new(layer)
        .text(" needs shapes that are equal or 1 on every axis, counted from the last, but ")
        .input(first)
        .text(" and ")
        .input(second)
        .text(": ")
        .length(first, first.shape.rank() - k)
        .text(" meets ")
        .length(second, second.shape.rank() - k)
}

/// The shape in which two tensors meet, or what is wrong with them.
pub(super) const fn meet(layer: &str, first: &In, second: &In) -> Result<Shape, Msg> {
    match spread(&first.shape, &second.shape) {
        Ok(shape) => Ok(shape),
        Err(k) => Err(no_spread(layer, first, second, k)
            .hint("bring both to the same shape first, for example with Dense(..) or Reshape(..)")),
    }
}

//! The rule that the attention layers share.

use super::check;
use crate::layer::ok;
use crate::{In, Initializer, Kind, MAX_RANK, Masks, Msg, Shape, Weights, is_dynamic};

/// The tensors and masks that a call may give by name.
pub(super) const CALL: &[&str] = &["query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask"];

/// A query `[.., steps, features]`, values `[.., places, features]`, and keys that default to the values.
pub(super) struct Inputs<'a> {
    pub query: &'a In,
    pub value: &'a In,
    pub key: &'a In,
}

/// The tensors among the inputs; masks follow them.
pub(super) const fn tensors(x: &[In]) -> &[In] {
    let mut len = x.len();
    while len > 1 && matches!(x[len - 1].kind, Kind::Mask) {
        len -= 1;
    }
    x.split_at(len).0
}

/// Query, value and, where it is given, key.
const fn three<'a>(layer: &str, x: &'a [In]) -> Result<Inputs<'a>, Msg> {
    let x = tensors(x);
    if x.len() != 2 && x.len() != 3 {
        return Err(Msg::new(layer)
            .text(" takes a query and a value, and a key where it is not the value, but ")
            .number(x.len())
            .text(if x.len() == 1 { " input was given" } else { " inputs were given" })
            .hint("write (query, value), or (x, x) for self-attention"));
    }
    let mut i = 0;
    while i < x.len() {
        ok!(check::numbers(layer, &x[i]));
        i += 1;
    }
    Ok(Inputs { query: &x[0], value: &x[1], key: if x.len() == 3 { &x[2] } else { &x[1] } })
}

/// The inputs of an attention layer between sequences.
pub(super) const fn inputs<'a>(layer: &str, x: &'a [In], masks: Masks) -> Result<Inputs<'a>, Msg> {
    let inputs = ok!(three(layer, x));
    let list = tensors(x);
    let mut i = 0;
    while i < list.len() {
        if list[i].shape.rank() != 2 {
            let m = Msg::new(layer).text(" takes sequences [steps, features], but ").input(&list[i]);
            let m = match list[i].shape.rank() {
                1 => m.text("\nhint: a single vector becomes a sequence of one step with Reshape((1, "),
                _ => m.text("\nhint: an image becomes a sequence of its places with Reshape((-1, "),
            };
            return Err(m.dim(list[i].shape.last()).text("))"));
        }
        ok!(check::channels(layer, "features", &list[i]));
        i += 1;
    }
    ok!(a_key_a_value(layer, &inputs));
    ok!(masked(layer, &inputs, x, masks));
    Ok(inputs)
}

/// The inputs of an attention over the `axes` before the features; the axes before those are shared.
pub(super) const fn over_axes<'a>(
    layer: &str,
    x: &'a [In],
    masks: Masks,
    axes: Option<&crate::Dims>,
) -> Result<(Inputs<'a>, usize), Msg> {
    let inputs = ok!(three(layer, x));
    let rank = inputs.query.shape.rank();
    let list = tensors(x);
    let mut i = 0;
    while i < list.len() {
        if list[i].shape.rank() < 2 || list[i].shape.rank() != rank {
            let m = Msg::new(layer).text(" takes sequences [steps, features], but ").input(&list[i]);
            return Err(if list[i].shape.rank() < 2 {
                m.hint("a single vector becomes a sequence of one step with Reshape((1, features))")
            } else {
                m.text(" and ").input(inputs.query).hint("give query, value and key equally many axes")
            });
        }
        ok!(check::channels(layer, "features", &list[i]));
        i += 1;
    }
    let lead = match axes {
        None => 0,
        Some(axes) => ok!(leading(layer, axes.as_slice(), inputs.query)),
    };
    let mut k = 0;
    while k < lead {
        let (a, b) = (inputs.query.shape.dim(k), inputs.value.shape.dim(k));
        if !Shape::dims_compatible(a, b) {
            return Err(Msg::new(layer)
                .text(" attends within each place of the axes before attention_axes, but ")
                .input(inputs.query)
                .text(" and ")
                .input(inputs.value)
                .hint("bring these axes to the same length, or name them in attention_axes"));
        }
        k += 1;
    }
    ok!(a_key_a_value(layer, &inputs));
    if rank == 2 {
        ok!(masked(layer, &inputs, x, masks));
    } else if list.len() < x.len() {
        return Err(Msg::new(layer)
            .text(" reads masks of sequences [steps, features], but ")
            .input(inputs.query)
            .hint("fold its axes into one with Reshape((-1, features)), or write `mask = None` after the inputs"));
    }
    Ok((inputs, lead))
}

/// How many axes come before those that are attended, which are the last ones before the features.
const fn leading(layer: &str, axes: &[isize], query: &In) -> Result<usize, Msg> {
    let rank = query.shape.rank();
    let mut k = 0;
    while k < axes.len() {
        let axis = ok!(check::axis(layer, axes[k], query));
        if axis + axes.len() + 1 != rank + k {
            return Err(Msg::new(layer)
                .text(" attends over the axes before the features, but attention_axes has ")
                .signed(axes[k])
                .text(", and ")
                .input(query)
                .hint("write these axes in order, and move others to the front with Permute(..)"));
        }
        k += 1;
    }
    if axes.is_empty() {
        return Err(Msg::new(layer)
            .text(" needs at least one axis to attend over, but attention_axes is empty")
            .hint("leave attention_axes out for all axes but the features"));
    }
    Ok(rank - 1 - axes.len())
}

/// Keys belong to values.
const fn a_key_a_value(layer: &str, inputs: &Inputs<'_>) -> Result<(), Msg> {
    let mut k = 0;
    while k + 1 < inputs.key.shape.rank() {
        if !Shape::dims_agree(inputs.key.shape.dim(k), inputs.value.shape.dim(k)) {
            return Err(Msg::new(layer)
                .text(" needs a key for every value, but ")
                .input(inputs.value)
                .text(" and ")
                .input(inputs.key)
                .hint("the inputs are (query, value, key): check their order"));
        }
        k += 1;
    }
    Ok(())
}

/// Does each mask fit what it masks?
const fn masked(layer: &str, inputs: &Inputs<'_>, x: &[In], masks: Masks) -> Result<(), Msg> {
    let given = masks.list();
    let of = [inputs.query, inputs.value, inputs.key];
    let mut place = tensors(x).len();
    let mut k = 0;
    while k < given.len() {
        if given[k] && place < x.len() {
            let mask = &x[place];
            place += 1;
            if k < 3 {
                ok!(check::one_a_step(layer, of[k], mask));
            } else {
                ok!(pairs(layer, inputs, mask));
            }
        }
        k += 1;
    }
    Ok(())
}

/// `[steps, places]`, or `[heads, steps, places]`; an axis of length 1 counts for all.
const fn pairs(layer: &str, inputs: &Inputs<'_>, mask: &In) -> Result<(), Msg> {
    let rank = mask.shape.rank();
    if rank == 2 || rank == 3 {
        let (steps, places) = (mask.shape.dim(rank - 2), mask.shape.dim(rank - 1));
        let fits = (steps == 1 || Shape::dims_compatible(steps, inputs.query.shape.dim(0)))
            && (places == 1 || Shape::dims_compatible(places, inputs.value.shape.dim(0)));
        if fits {
            return Ok(());
        }
    }
    Err(Msg::new(layer)
        .text(" takes an attention_mask [steps of the query, places of the value], but ")
        .input(mask)
        .text(", ")
        .input(inputs.query)
        .text(" and ")
        .input(inputs.value)
        .hint("give a mask with one value for each pair of step and place"))
}

/// Query and key of equal width, as a score of their features needs.
pub(super) const fn same_width(layer: &str, inputs: &Inputs<'_>) -> Result<(), Msg> {
    if inputs.query.shape.last() == inputs.key.shape.last() {
        return Ok(());
    }
    Err(Msg::new(layer)
        .text(" compares the features of query and key, which must be equally many, but ")
        .input(inputs.query)
        .text(" and ")
        .input(inputs.key)
        .hint("bring one of them to the other's width with TimeDistributed(Dense(..))"))
}

/// The axes `from..` of a shape without the features, after those of `so_far`; `None` if they are too many.
pub(super) const fn and_axes(so_far: Shape, shape: &Shape, from: usize) -> Option<Shape> {
    let mut all = so_far;
    let mut k = from;
    while k + 1 < shape.rank() {
        if all.rank() == MAX_RANK {
            return None;
        }
        all = all.push(shape.dim(k));
        k += 1;
    }
    Some(all)
}

/// The elements of some axes; a dynamic one counts as one.
pub(super) const fn places(shape: &Shape, from: usize) -> usize {
    let mut places: usize = 1;
    let mut k = from;
    while k + 1 < shape.rank() {
        if !is_dynamic(shape.dim(k)) {
            places = places.saturating_mul(shape.dim(k));
        }
        k += 1;
    }
    places
}

/// Twice the products of the scores and of the weighted sum, where both are as wide as their inputs.
pub(super) const fn flops(x: &[In]) -> usize {
    let steps = Shape::new(&[x[0].shape.dim(0), x[1].shape.dim(0)]).size();
    2 * steps * (x[0].shape.last() + x[1].shape.last())
}

/// The projections of attentions side by side.
pub(super) struct Projections {
    pub(super) heads: usize,
    /// The number of keys and values that the heads share.
    pub(super) shared: usize,
    /// The width of query and key in a head.
    pub(super) key: usize,
    /// The width of the value in a head.
    pub(super) value: usize,
    /// The width of the output.
    pub(super) width: usize,
    /// The number of axes before those that are attended over.
    pub(super) leading: usize,
    pub(super) gated: bool,
}

impl Projections {
    /// Kernel and bias for query, key, gate, value and output.
    pub(super) const fn weights(&self, x: &[In], biased: bool, kernel: Initializer, bias: Initializer) -> Weights {
        let Projections { heads, shared, key, value, width, .. } = *self;
        let (query_input, value_input) = (x[0].shape.last(), x[1].shape.last());
        let key_input = x[tensors(x).len() - 1].shape.last();
        let weights = Weights::NONE
            .with_projection("query_kernel", &[query_input, heads, key], 0b110, kernel)
            .with_if(biased, "query_bias", &[heads, key], bias)
            .with_projection("key_kernel", &[key_input, shared, key], 0b110, kernel)
            .with_if(biased, "key_bias", &[shared, key], bias);
        let weights = match self.gated {
            true => weights.with_projection("gate_kernel", &[query_input, heads, value], 0b110, kernel).with_if(
                biased,
                "gate_bias",
                &[heads, value],
                bias,
            ),
            false => weights,
        };
        weights
            .with_projection("value_kernel", &[value_input, shared, value], 0b110, kernel)
            .with_if(biased, "value_bias", &[shared, value], bias)
            .with_projection("output_kernel", &[heads, value, width], 0b100, kernel)
            .with_if(biased, "output_bias", &[width], bias)
    }

    /// A multiplication and an addition for each product of the projections, the scores and the weighted sums.
    pub(super) const fn flops(&self, x: &[In]) -> usize {
        let (steps, all) = (places(&x[0].shape, 0), places(&x[1].shape, 0));
        let seen = places(&x[1].shape, self.leading);
        let (key, value) = (self.heads * self.key, self.heads * self.value);
        let (query_input, value_input) = (x[0].shape.last(), x[1].shape.last());
        let key_input = x[tensors(x).len() - 1].shape.last();
        let projections = steps * query_input * key
            + all * self.shared * (key_input * self.key + value_input * self.value)
            + steps * value * self.width
            + if self.gated { steps * query_input * value } else { 0 };
        2 * (projections + steps * seen * (key + value))
    }
}

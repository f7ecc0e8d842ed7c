//! The rule that the attention layers share.

use super::check;
use crate::layer::ok;
use crate::{In, Msg, Shape};

/// A query `[steps, features]`, values `[places, features]`, and keys that default to the values.
pub(super) struct Inputs<'a> {
    pub query: &'a In,
    pub value: &'a In,
    pub key: &'a In,
}

/// The inputs of an attention layer: query, value and, where it is given, key.
pub(super) const fn inputs<'a>(layer: &str, x: &'a [In]) -> Result<Inputs<'a>, Msg> {
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
        if x[i].shape.rank() != 2 {
            let m = Msg::new(layer).text(" takes sequences [steps, features], but ").input(&x[i]);
            let m = match x[i].shape.rank() {
                1 => m.text("\nhint: a single vector becomes a sequence of one step with Reshape((1, "),
                _ => m.text("\nhint: an image becomes a sequence of its places with Reshape((-1, "),
            };
            return Err(m.dim(x[i].shape.last()).text("))"));
        }
        ok!(check::channels(layer, "features", &x[i]));
        i += 1;
    }
    let key = if x.len() == 3 { &x[2] } else { &x[1] };
    if !Shape::dims_agree(key.shape.dim(0), x[1].shape.dim(0)) {
        return Err(Msg::new(layer)
            .text(" needs a key for every value, but ")
            .input(&x[1])
            .text(" and ")
            .input(key)
            .hint("the inputs are (query, value, key): check their order"));
    }
    Ok(Inputs { query: &x[0], value: &x[1], key })
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

/// Twice the products of the scores and of the weighted sum, where both are as wide as their inputs.
pub(super) const fn flops(x: &[In]) -> usize {
    let steps = Shape::new(&[x[0].shape.dim(0), x[1].shape.dim(0)]).size();
    2 * steps * (x[0].shape.last() + x[1].shape.last())
}

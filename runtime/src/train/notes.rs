//! What is allowed but hardly meant, where only data and model together show it.

use formwork_shape::is_dynamic;

use crate::data::Padding;
use crate::model::Graph;

/// Padding among the ids of an input that an Embedding looks up like any other id.
pub(crate) fn unmasked_padding(graph: &Graph, padding: Option<Padding>) -> Option<String> {
    let padding = padding?;
    let padded = |steps: &usize| is_dynamic(*steps) || Some(*steps) == padding.length();
    let input =
        graph.inputs.iter().find(|input| input.unmasked.is_some() && input.shape.dims().first().is_some_and(padded))?;
    let (name, layer) = (input.name, input.unmasked?);
    let skip = if padding.fill() == 0.0 { "write mask_zero = true" } else { "pad with 0 and write mask_zero = true" };
    Some(format!(
        "note: `{name}` is padded, but the Embedding `{layer}` makes no mask, so that what follows takes padding for data\n\
         hint: {skip} to have padding skipped, or mask_zero = false if this is meant"
    ))
}

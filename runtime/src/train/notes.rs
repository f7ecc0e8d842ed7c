//! What is allowed but hardly meant, where only data, files and model together show it.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use formwork_shape::is_dynamic;

use crate::data::Padding;
use crate::model::Graph;

/// Says it on the standard error, where nobody may be listening.
pub(crate) fn tell(note: impl Display) {
    let _ = writeln!(std::io::stderr(), "{note}");
}

/// The learning rate of a checkpoint, where the program has got another one since.
pub(crate) fn other_rate(checkpoint: &Path, rate: f64, given: f64) -> String {
    format!(
        "note: the training goes on from {} with the learning rate {rate} that it had there, not with the program's {given}\n\
         hint: add .callback(LearningRateScheduler::new(|_, _| {given:?})) to go on with that one, or delete the file to begin anew",
        checkpoint.display()
    )
}

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

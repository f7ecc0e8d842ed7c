//! What the macro tells the runtime about a model: names and shapes, for messages, summaries and files.

use formwork_shape::{Kind, Shape, Tensor};

/// A model as it was written.
#[derive(Debug)]
pub struct Graph {
    /// The model's name.
    pub name: &'static str,
    /// The inputs in order.
    pub inputs: &'static [Port],
    /// The outputs in order.
    pub outputs: &'static [Port],
    /// The layers in order of execution.
    pub layers: &'static [Row],
    /// The names of the named dynamic axes.
    pub axes: &'static [&'static str],
    /// The tensors: inputs, then what the layers make.
    pub edges: &'static [Tensor],
}

/// An input or output of a model.
#[derive(Debug)]
pub struct Port {
    /// Its name.
    pub name: &'static str,
    /// Per sample; may be dynamic.
    pub shape: Shape,
    /// Numbers or ids.
    pub kind: Kind,
    /// Ids must be below this, because an Embedding looks them up.
    pub limit: Option<usize>,
    /// The Embedding that takes padding among the ids for data, where nobody has said whether that is meant.
    pub unmasked: Option<&'static str>,
}

/// One use of a layer.
#[derive(Debug)]
pub struct Row {
    /// The field of the model that holds its weights, or a name made of its type.
    pub name: &'static str,
    /// Its type: `Conv2D`.
    pub layer: &'static str,
    /// The place of its first output among the tensors.
    pub edge: usize,
    /// The tensors that it reads, as Keras writes them: layer or input, which use of it, which of its outputs,
    /// `lstm[0][1]`.
    pub inputs: &'static [&'static str],
    /// The slot where its first output is after a forward pass in training, unless something else is there by then.
    pub home: Option<usize>,
    /// Is it another use of a layer that an earlier row shows?
    pub shared: bool,
}

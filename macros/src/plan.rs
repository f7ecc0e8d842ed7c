//! Where every tensor lives, and in which order gradients are written.
//!
//! What can be computed together is (`fuse`), or at least for the same few samples at a time (`stretch`). Tensors that are
//! never alive together share a slot. A gradient that several layers contribute to is overwritten by the first of them and
//! added to by the others, so that nothing is zeroed.

mod fuse;
mod gradients;
mod homes;
mod stretch;

use formwork_shape::{Facts, Kind, Reads, Storage};

use crate::check::Checked;
use crate::graph::{EdgeId, Graph, LayerKind, Node};
pub use fuse::Fused;
pub use gradients::{Gradients, Step, Target};
pub use homes::{Home, Homes};
pub use stretch::Stretch;

/// The plan of a model's passes.
pub struct Plan {
    pub inference: Homes,
    pub training: Homes,
    /// What is computed together at inference.
    pub inferred: Fused,
    /// What is computed together in training, forward and backward.
    pub trained: Fused,
    /// What is computed for a few samples at a time at inference.
    pub stretches: Vec<Stretch>,
    pub gradients: Gradients,
    /// The steps of the backward pass, in order.
    pub backward: Vec<Step>,
    /// Has the layer weights, as far as the macro can know?
    pub weighted: Vec<bool>,
}

pub fn plan(graph: &Graph, checked: &Checked) -> Plan {
    let weighted = graph.layers.iter().map(|layer| match &layer.kind {
        LayerKind::Builtin(builtin) => builtin.layer.facts().weighted,
        _ => true,
    });
    let weighted: Vec<bool> = weighted.collect();
    let (inferred, trained) = (fuse::fuse(graph, false), fuse::fuse(graph, true));
    let stretches = Stretch::all(graph, checked, &inferred, &homes::roots(graph, &inferred, false));
    let inference = homes::homes(graph, checked, &inferred, &stretches, false);
    let training = homes::homes(graph, checked, &trained, &[], true);
    let (gradients, backward) = gradients::gradients(graph, checked, &trained);
    Plan { inference, training, inferred, trained, stretches, gradients, backward, weighted }
}

/// What the plan knows of a node's layer.
pub fn facts(graph: &Graph, node: &Node) -> Facts {
    match graph.builtin(node) {
        Some(builtin) => builtin.layer.facts(),
        // A user-defined layer may read anything.
        None => Facts { reads: Reads { inputs: true, outputs: true }, ..Facts::PLAIN },
    }
}

/// What the backward pass of a node reads, or of all that is computed together with it.
pub fn reads(graph: &Graph, fused: &Fused, place: usize) -> Reads {
    match fused.first(place) {
        Some(_) => Reads { inputs: true, outputs: true },
        None => facts(graph, &graph.nodes[place]).reads,
    }
}

/// Does the node's output live in its input's memory?
pub fn is_alias(graph: &Graph, node: &Node, training: bool) -> bool {
    match facts(graph, node).storage {
        Storage::Own => false,
        Storage::Input => true,
        Storage::InputAtInference => !training && node.training != Some(true),
    }
}

/// A mask that a layer reads is always there in its backward pass.
pub fn is_mask(checked: &Checked, edge: EdgeId) -> bool {
    checked.edges[edge].kind() == Kind::Mask
}

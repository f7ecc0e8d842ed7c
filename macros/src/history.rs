//! Which story of its inputs the message of a failed rule tells, and that story as far as the macro knows the shapes.

use formwork_shape::{Step, Tale};

use crate::check::{Checked, leak};
use crate::graph::{EdgeId, Graph, Node};

/// Layers whose window must fit into what is left of the input.
const WINDOWED: [&str; 3] = ["Conv", "Pooling", "Cropping"];
/// Layers whose inputs must agree.
const MERGES: [&str; 12] =
    ["Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot", "+", "-", "*", "/"];

pub fn tale(node: &Node, label: &str) -> Tale {
    match node.inputs.len() {
        1 if WINDOWED.iter().any(|word| label.contains(word)) => Tale::Shrank,
        _ if MERGES.contains(&label) => Tale::Branches,
        _ => Tale::None,
    }
}

/// Who made an edge, and of what.
pub fn maker(graph: &Graph, edge: EdgeId) -> (&str, Option<EdgeId>) {
    match graph.edges[edge].from {
        None => (&graph.edges[edge].name, None),
        Some((node, _)) => {
            let node = &graph.nodes[node];
            (&graph.layers[node.layer].label, node.inputs.first().copied())
        }
    }
}

/// The way of an edge from an input of the model, along the first input of each layer.
pub fn steps(graph: &Graph, checked: &Checked, edge: EdgeId) -> Option<&'static Step> {
    let mut way = Vec::new();
    let mut at = Some(edge);
    while let Some((edge, shape)) = at.and_then(|edge| Some((edge, checked.edges[edge].shape()?))) {
        let (maker, before) = maker(graph, edge);
        way.push((shape, leak(maker)));
        at = before;
    }
    way.into_iter()
        .rev()
        .fold(None, |before, (shape, maker)| Some(&*Box::leak(Box::new(Step { shape, maker, before }))))
}

//! Which story of its inputs the message of a failed rule tells, and that story as far as the macro knows the shapes.

use formwork_shape::{Past, Shape, Tale};

use crate::check::Checked;
use crate::graph::{EdgeId, Graph, Node};

/// Layers whose window must fit into what is left of the input.
const WINDOWED: [&str; 3] = ["Conv", "Pooling", "Cropping"];
/// Layers whose inputs must agree.
const MERGES: [&str; 12] =
    ["Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot", "+", "-", "*", "/"];

pub fn tale(node: &Node, label: &str) -> Tale {
    match node.inputs.len() {
        1 if WINDOWED.iter().any(|word| label.contains(word)) => Tale::Shrank,
        1 if label == "Reshape" => Tale::Steps,
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

/// How every edge came about; the story of one begins where the macro knows the shapes.
pub fn past<'a>(graph: &'a Graph, checked: &Checked) -> Vec<Past<'a>> {
    let shape = |edge: EdgeId| checked.edges[edge].shape();
    let edges = (0..graph.edges.len()).map(|edge| {
        let (maker, before) = maker(graph, edge);
        let before = before.filter(|before| shape(*before).is_some());
        Past { shape: shape(edge).unwrap_or(Shape::POISON), maker, before }
    });
    edges.collect()
}

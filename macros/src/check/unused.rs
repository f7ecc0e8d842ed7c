//! What reaches no output: inputs, tensors and layers that nobody uses are mistakes.

use super::{Checked, Known};
use crate::ast::Source;
use crate::errors::Errors;
use crate::graph::{Edge, EdgeId, Graph, LayerKind};

pub(super) fn unused(source: &Source, graph: &Graph, checked: &Checked, errors: &mut Errors) {
    let edges: Vec<&Edge> =
        (0..graph.edges.len()).filter(|&edge| is_unused(graph, checked, edge)).map(|edge| &graph.edges[edge]).collect();
    for edge in &edges {
        let name = &edge.name;
        let message = match edge.from {
            None if source.inputs.len() > 1 => {
                format!("input `{name}` is never used\nhint: feed it to a layer, or remove it from the signature")
            }
            None => format!("input `{name}` is never used: no layer reads it"),
            Some((node, _)) => {
                let what = if name.ends_with(')') { "the output of " } else { "" };
                // Where it is unused in every round of a loop, the rounds do not matter.
                let at = format!("{:?}", edge.span);
                let once = edges.iter().filter(|other| format!("{:?}", other.span) == at).count() == 1;
                let context = match graph.nodes[node].context.as_str() {
                    context if once && !context.is_empty() => format!("\nin {context}"),
                    _ => String::new(),
                };
                let hint = way_out(graph, edge, node);
                format!("{what}`{name}` is never used: it reaches no output{context}\nhint: {hint}")
            }
        };
        errors.push(edge.span, message);
    }
    for (id, layer) in graph.layers.iter().enumerate() {
        if matches!(layer.kind, LayerKind::Broken) || graph.nodes.iter().any(|node| node.layer == id) {
            continue;
        }
        let (span, label, form) = match layer.within {
            Some(span) => (span, "Sequential", "Sequential([..])(x)".to_string()),
            None => (layer.span, layer.label.as_str(), format!("{}(..)(x)", layer.label)),
        };
        errors.push(span, format!("this {label} is never applied\nhint: a layer is applied to a tensor: {form}"));
    }
}

fn is_unused(graph: &Graph, checked: &Checked, edge: EdgeId) -> bool {
    let of_several = graph.edges[edge].from.is_some_and(|(node, _)| graph.nodes[node].outputs.len() > 1);
    // Where a layer has other outputs than there are names, nobody knows which name is one too many.
    let misnamed = of_several && matches!(checked.edges[edge], Known::Poison);
    !graph.edges[edge].unused_ok && !graph.is_output(edge) && graph.consumers(edge).next().is_none() && !misnamed
}

/// What to do with an unused tensor that `node` makes.
fn way_out(graph: &Graph, edge: &Edge, node: usize) -> String {
    let name = &edge.name;
    if graph.nodes[node].outputs.len() > 1 {
        format!("name it `_{name}` if it is not needed")
    } else if edge.hides {
        format!(
            "`let` makes a new `{name}`, which ends with this block: write `{name} = ..;` to change the one outside"
        )
    } else {
        "feed it to a layer, return it, or remove what computes it".to_string()
    }
}

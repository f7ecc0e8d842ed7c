//! How a shape came about, for messages: `64x64 (image) -> 62x62 (Conv2D) -> 31x31 (MaxPooling2D)`.

use crate::check::Checked;
use crate::graph::{EdgeId, Graph, Node};

/// Layers whose window must fit into what is left of the input.
const WINDOWED: [&str; 3] = ["Conv", "Pooling", "Cropping"];
/// Layers whose inputs must agree.
const MERGES: [&str; 12] =
    ["Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot", "+", "-", "*", "/"];

/// The lines to add to the message of a rule that failed at `node`; empty where they would say nothing new.
pub fn notes(graph: &Graph, checked: &Checked, node: &Node, label: &str) -> String {
    if WINDOWED.iter().any(|word| label.contains(word)) && node.inputs.len() == 1 {
        let chain = chain(graph, checked, node.inputs[0]);
        return if chain.len() > 2 { format!("\nit shrank: {}", chain.join(" -> ")) } else { String::new() };
    }
    if MERGES.contains(&label) {
        let lines = node.inputs.iter().map(|&edge| (edge, chain(graph, checked, edge)));
        return lines
            .filter(|(_, chain)| chain.len() > 1)
            .map(|(edge, chain)| format!("\n{}: {}", name(graph, edge), chain.join(" -> ")))
            .collect();
    }
    String::new()
}

fn name(graph: &Graph, edge: EdgeId) -> String {
    format!("`{}`", graph.edges[edge].name)
}

/// The shapes from an input of the model down to `edge`, along the first input of each layer; equal ones are left out.
fn chain(graph: &Graph, checked: &Checked, edge: EdgeId) -> Vec<String> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let mut at = Some(edge);
    while let Some(edge) = at {
        let Some(input) = checked.input(graph, edge) else { break };
        let shape = formwork_shape::Msg::EMPTY.by(input.shape.dims()).to_string();
        let (who, next) = match graph.edges[edge].from {
            None => (graph.edges[edge].name.clone(), None),
            Some((node, _)) => {
                let node = &graph.nodes[node];
                (graph.layers[node.layer].label.clone(), node.inputs.first().copied())
            }
        };
        steps.push((shape, who));
        at = next;
    }
    steps.reverse();
    steps.dedup_by(|later, earlier| later.0 == earlier.0);
    // Of a deep chain the first and the last steps tell the story.
    const SHOWN: usize = 8;
    if steps.len() > SHOWN {
        steps.splice(2..steps.len() - (SHOWN - 3), [("..".to_string(), String::new())]);
    }
    steps.into_iter().map(|(shape, who)| if who.is_empty() { shape } else { format!("{shape} ({who})") }).collect()
}

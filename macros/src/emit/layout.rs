//! Where the shape of each edge is written, and which layers are judged together by constant evaluation.

use std::collections::BTreeSet;

use crate::check::{Checked, Known};
use crate::graph::{EdgeId, Graph, LayerKind};
use crate::history;

/// As many layers as one constant judges: the compiler warns of constants that take long.
const GROUP: usize = 256;

/// As many layers before a group as its messages know of.
const STORY: usize = 12;

/// Where generated code finds the tensor of an edge.
#[derive(Clone, Copy)]
pub enum Place {
    /// In the list of those that the macro knows.
    Known(usize),
    /// In a constant of its own: an input, or an output of a user-defined layer.
    Own,
    /// Among those of a group of layers.
    Group(usize, usize),
}

/// Layers that constant evaluation judges together: those between two user-defined ones.
#[derive(Default)]
pub struct Group {
    pub nodes: Vec<usize>,
    /// What they read and do not make, and what that came from, sorted.
    pub given: Vec<EdgeId>,
    /// What they make, sorted.
    pub outputs: Vec<EdgeId>,
}

pub struct Layout {
    pub places: Vec<Place>,
    /// Does a user-defined layer, or the model itself, mention the type of an edge?
    pub typed: Vec<bool>,
    pub groups: Vec<Group>,
    /// The first use of each layer.
    pub first_use: Vec<usize>,
}

pub fn layout(graph: &Graph, checked: &Checked) -> Layout {
    let known = |edge: EdgeId| matches!(checked.edges[edge], Known::Tensor(_));
    let mut groups = vec![Group::default()];
    let mut typed = vec![false; graph.edges.len()];
    let mut first_use = vec![usize::MAX; graph.layers.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        first_use[node.layer] = first_use[node.layer].min(place);
        let last = groups.last_mut().expect("there is always one");
        match &graph.layers[node.layer].kind {
            LayerKind::Builtin(builtin) => {
                if !builtin.opaque.is_empty() || !node.outputs.iter().all(|&edge| known(edge)) {
                    last.nodes.push(place);
                }
                if last.nodes.len() == GROUP {
                    groups.push(Group::default());
                }
            }
            _ => {
                node.inputs.iter().for_each(|&edge| typed[edge] = true);
                groups.push(Group::default());
            }
        }
    }
    groups.retain(|group| !group.nodes.is_empty());
    for output in &graph.outputs {
        typed[output.edge] |= !known(output.edge);
    }
    let mut places = vec![Place::Own; graph.edges.len()];
    for (k, edge) in (0..graph.edges.len()).filter(|&edge| known(edge)).enumerate() {
        places[edge] = Place::Known(k);
    }
    for (number, group) in groups.iter_mut().enumerate() {
        group.outputs = group.nodes.iter().flat_map(|&node| graph.nodes[node].outputs.iter().copied()).collect();
        group.outputs.sort_unstable();
        let made = |edge: &EdgeId| group.outputs.binary_search(edge).is_ok();
        let read = group.nodes.iter().flat_map(|&node| graph.nodes[node].inputs.iter().copied());
        let mut given: BTreeSet<EdgeId> = read.filter(|edge| !made(edge)).collect();
        // Messages tell how they came about.
        for edge in given.clone() {
            let before = |edge: &EdgeId| history::maker(graph, *edge).1;
            given.extend(std::iter::successors(Some(edge), before).take(STORY).filter(|edge| !made(edge)));
        }
        group.given = given.into_iter().collect();
        for (k, &edge) in group.outputs.iter().enumerate().filter(|(_, edge)| !known(**edge)) {
            places[edge] = Place::Group(number, group.given.len() + k);
        }
    }
    Layout { places, typed, groups, first_use }
}

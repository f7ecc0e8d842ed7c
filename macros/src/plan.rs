//! Where every tensor lives, and in which order gradients are written.
//!
//! What can be computed together is (`fuse`), or at least for the same few samples at a time (`stretch`). Tensors that are
//! never alive together share a slot. A gradient that several layers contribute to is overwritten by the first of them and
//! added to by the others, so that nothing is zeroed.

mod fuse;
mod stretch;

use formwork_shape::{Facts, Kind, Reads, Storage};

use crate::check::{Checked, inputs_of};
use crate::graph::{EdgeId, Graph, LayerKind, Node};
pub use fuse::Fused;
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

/// Where each edge lives during one kind of pass.
pub struct Homes {
    pub of: Vec<Home>,
    /// The edge whose memory it is.
    pub root: Vec<EdgeId>,
    pub slots: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In the arrays of an input of the model.
    Input(usize),
    Slot(usize),
    /// Nowhere: it is never whole.
    Nowhere,
}

/// Where the gradient of each edge lives, if it has one.
pub struct Gradients {
    pub of: Vec<Option<usize>>,
    pub slots: usize,
}

/// A step of the backward pass.
pub enum Step {
    /// The backward pass of a layer.
    Layer {
        node: usize,
        /// Gradients of outputs that nobody reads: they are zero.
        zeroed: Vec<EdgeId>,
        dx: Vec<Target>,
        /// Does it only matter where the gradients of the model's inputs are wanted?
        for_inputs_only: bool,
    },
    /// The gradient of an edge goes to another that shares its numbers, or from a spare slot.
    Pass { from_slot: usize, edge: EdgeId, to: EdgeId, add: bool, for_inputs_only: bool },
}

/// Where a layer writes the gradient of an input.
#[derive(Clone, Copy)]
pub enum Target {
    Unread,
    /// The slot of the edge's gradient; `for_inputs_only` as in [`Step`].
    Edge {
        add: bool,
        for_inputs_only: bool,
    },
    /// A spare slot, because the same edge is an earlier input of the same layer.
    Spare(usize),
}

pub fn plan(graph: &Graph, checked: &Checked) -> Plan {
    let weighted = graph.layers.iter().map(|layer| match &layer.kind {
        LayerKind::Builtin(builtin) => builtin.layer.facts().weighted,
        _ => true,
    });
    let weighted: Vec<bool> = weighted.collect();
    let (inferred, trained) = (fuse::fuse(graph, false), fuse::fuse(graph, true));
    let stretches = Stretch::all(graph, checked, &inferred, &roots(graph, &inferred, false));
    let inference = homes(graph, checked, &inferred, &stretches, false);
    let training = homes(graph, checked, &trained, &[], true);
    let (gradients, backward) = gradients(graph, checked, &trained, &weighted);
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

/// A stretch of time in which a slot is taken.
struct Stay {
    start: usize,
    end: usize,
    size: Option<usize>,
}

/// The edge in whose memory each edge lives.
fn roots(graph: &Graph, fused: &Fused, training: bool) -> Vec<EdgeId> {
    let mut root: Vec<EdgeId> = (0..graph.edges.len()).collect();
    for (place, node) in graph.nodes.iter().enumerate() {
        if !fused.is_absorbed(place) && is_alias(graph, node, training) {
            root[node.outputs[0]] = root[node.inputs[0]];
        }
    }
    root
}

fn homes(graph: &Graph, checked: &Checked, fused: &Fused, stretches: &[Stretch], training: bool) -> Homes {
    let inputs = inputs_of(graph);
    let end_of_time = 2 * graph.nodes.len() + 1;
    let root = roots(graph, fused, training);
    let mut stays: Vec<Option<Stay>> = (0..graph.edges.len()).map(|_| None).collect();
    for (time, node) in graph.nodes.iter().enumerate() {
        if fused.is_absorbed(time) {
            continue;
        }
        if !is_alias(graph, node, training) {
            for &edge in &node.outputs {
                let size = checked.edges[edge].shape().map(|shape| shape.size());
                stays[edge] = Some(Stay { start: time, end: time, size });
            }
        }
        let reads = reads(graph, fused, time);
        let backward = end_of_time - time;
        let mut keep = |edge: EdgeId, until: usize| {
            if let Some(stay) = &mut stays[root[edge]] {
                stay.end = stay.end.max(until);
            }
        };
        for &edge in fused.inputs(graph, time) {
            let read = reads.inputs || is_mask(checked, edge);
            keep(edge, if training && read { backward } else { time });
        }
        if training && reads.outputs {
            node.outputs.iter().for_each(|&edge| keep(edge, backward));
        }
    }
    for edge in graph.outputs.iter().flat_map(|output| [Some(output.edge), output.mask]).flatten() {
        if let Some(stay) = &mut stays[root[edge]] {
            // Until the loss or the caller has read it.
            stay.end = stay.end.max(if training { graph.nodes.len() } else { end_of_time });
        }
    }
    for stretch in stretches {
        // Its first samples are done before its last ones have been read.
        for &edge in &stretch.inputs {
            if let Some(stay) = &mut stays[edge] {
                stay.end = stay.end.max(stretch.nodes.end);
            }
        }
    }
    let (slot_of, slots) = color(&stays);
    let of = root.iter().map(|&root| match root {
        root if root < inputs => Home::Input(root),
        root => slot_of[root].map_or(Home::Nowhere, Home::Slot),
    });
    let of = of.collect();
    Homes { of, root, slots }
}

/// Gives each stay a slot so that no two share one at the same time; the slot that fits best is taken.
fn color(stays: &[Option<Stay>]) -> (Vec<Option<usize>>, usize) {
    let mut slot_of = vec![None; stays.len()];
    // When each slot is free again, and how large it is.
    let mut slots: Vec<(usize, usize)> = Vec::new();
    let mut order: Vec<usize> = (0..stays.len()).filter(|&k| stays[k].is_some()).collect();
    order.sort_by_key(|&k| stays[k].as_ref().map(|stay| stay.start));
    for k in order {
        let stay = stays[k].as_ref().expect("only stays are ordered");
        let size = stay.size.unwrap_or(0);
        let free = slots.iter().enumerate().filter(|(_, (until, _))| *until < stay.start);
        // The smallest that is large enough, or else the largest.
        let best = free.min_by_key(|(_, (_, room))| if *room >= size { (0, *room) } else { (1, usize::MAX - *room) });
        let slot = match best {
            Some((slot, _)) => slot,
            None => {
                slots.push((0, 0));
                slots.len() - 1
            }
        };
        slots[slot] = (stay.end, slots[slot].1.max(size));
        slot_of[k] = Some(slot);
    }
    (slot_of, slots.len())
}

/// Which edges have a weight before them, so that their gradient is needed in training.
fn needed(graph: &Graph, weighted: &[bool]) -> Vec<bool> {
    let mut needed = vec![false; graph.edges.len()];
    for node in &graph.nodes {
        let any = weighted[node.layer] || node.inputs.iter().any(|&edge| needed[edge]);
        node.outputs.iter().for_each(|&edge| needed[edge] = any);
    }
    needed
}

fn gradients(graph: &Graph, checked: &Checked, fused: &Fused, weighted: &[bool]) -> (Gradients, Vec<Step>) {
    let count = graph.nodes.len();
    let needed = needed(graph, weighted);
    let has_gradient = |edge: EdgeId| checked.edges[edge].kind() == Kind::Float;
    // Group k holds the edges whose gradients are the same memory: a reshaped tensor's and its only user's.
    let mut group: Vec<EdgeId> = (0..graph.edges.len()).collect();
    for node in &graph.nodes {
        let (input, output) = (node.inputs[0], node.outputs[0]);
        let only_user = graph.consumers(input).count() == 1 && !graph.is_output(input);
        if is_alias(graph, node, true) && only_user && has_gradient(input) {
            group[output] = group[input];
        }
    }
    let mut stays: Vec<Option<Stay>> = (0..graph.edges.len()).map(|_| None).collect();
    let mut written = vec![false; graph.edges.len()];
    let mut touch = |edge: EdgeId, time: usize| {
        let size = checked.edges[edge].shape().map(|shape| shape.size());
        let stay = stays[group[edge]].get_or_insert(Stay { start: time, end: time, size });
        stay.end = stay.end.max(time);
    };
    for output in &graph.outputs {
        written[group[output.edge]] = true;
        touch(output.edge, 0);
    }
    let mut steps = Vec::new();
    let mut spares: Vec<Stay> = Vec::new();
    for (k, node) in graph.nodes.iter().enumerate().rev() {
        if fused.is_absorbed(k) {
            continue;
        }
        let time = count - k;
        let (input, output) = (node.inputs[0], node.outputs[0]);
        if is_alias(graph, node, true) {
            // What nobody read has no gradient to pass on.
            if has_gradient(input) && group[input] != group[output] && written[group[output]] {
                touch(output, time);
                touch(input, time);
                let add = std::mem::replace(&mut written[group[input]], true);
                let for_inputs_only = !needed[input];
                steps.push(Step::Pass { from_slot: group[output], edge: output, to: input, add, for_inputs_only });
            }
            continue;
        }
        if node.outputs.iter().all(|&edge| !has_gradient(edge)) {
            continue;
        }
        let mut zeroed = Vec::new();
        for &edge in &node.outputs {
            touch(edge, time);
            if !std::mem::replace(&mut written[group[edge]], true) {
                zeroed.push(edge);
            }
        }
        let mut dx = Vec::new();
        let mut later = Vec::new();
        let inputs = fused.inputs(graph, k);
        for (place, &edge) in inputs.iter().enumerate() {
            if !has_gradient(edge) {
                dx.push(Target::Unread);
                continue;
            }
            touch(edge, time);
            let for_inputs_only = !needed[edge];
            if inputs[..place].contains(&edge) {
                let size = checked.edges[edge].shape().map(|shape| shape.size());
                spares.push(Stay { start: time, end: time, size });
                let spare = graph.edges.len() + spares.len() - 1;
                dx.push(Target::Spare(spare));
                later.push(Step::Pass { from_slot: spare, edge, to: edge, add: true, for_inputs_only });
                continue;
            }
            let add = std::mem::replace(&mut written[group[edge]], true);
            dx.push(Target::Edge { add, for_inputs_only });
        }
        let layer = graph.nodes[fused.leader(k)].layer;
        let for_inputs_only = !weighted[layer] && inputs.iter().all(|&edge| !needed[edge]);
        steps.push(Step::Layer { node: k, zeroed, dx, for_inputs_only });
        steps.extend(later);
    }
    // The caller reads the gradients of the model's inputs after everything else.
    for input in 0..inputs_of(graph) {
        if has_gradient(input) {
            touch(input, count + 1);
        }
    }
    stays.extend(spares.into_iter().map(Some));
    let (slot_of, slots) = color(&stays);
    let of: Vec<Option<usize>> = (0..graph.edges.len()).map(|edge| slot_of[group[edge]]).collect();
    for step in &mut steps {
        match step {
            Step::Pass { from_slot, .. } => *from_slot = slot_of[*from_slot].expect("it was touched"),
            Step::Layer { dx, .. } => {
                for target in dx {
                    if let Target::Spare(spare) = target {
                        *spare = slot_of[*spare].expect("it was made with a stay");
                    }
                }
            }
        }
    }
    (Gradients { of, slots }, steps)
}

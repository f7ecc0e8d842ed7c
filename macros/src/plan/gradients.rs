//! The way back: from the graph to the steps of the backward pass, and to a slot for the gradient of each edge.

use formwork_shape::Kind;

use super::homes::{Stay, assign_slots};
use super::{Fused, is_alias};
use crate::check::{Checked, inputs_of};
use crate::graph::{EdgeId, Graph, Node};

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
    },
    /// The gradient of an edge goes to another that shares its numbers, or from a spare slot.
    Pass { from_slot: usize, edge: EdgeId, to: EdgeId, add: bool },
    /// The gradient of an input of the model that nothing but a condition reads is zero.
    Zero(EdgeId),
}

/// Where a layer writes the gradient of an input.
#[derive(Clone, Copy)]
pub enum Target {
    Unread,
    /// The slot of the edge's gradient.
    Edge {
        add: bool,
    },
    /// A spare slot, because the same edge is an earlier input of the same layer.
    Spare(usize),
}

pub(super) fn gradients(graph: &Graph, checked: &Checked, fused: &Fused) -> (Gradients, Vec<Step>) {
    let count = graph.nodes.len();
    let mut way = WayBack::new(graph, checked, fused);
    for output in &graph.outputs {
        way.write(output.edge);
        way.touch(output.edge, 0);
    }
    for (place, node) in graph.nodes.iter().enumerate().rev().filter(|(place, _)| !fused.is_absorbed(*place)) {
        let time = count - place;
        if is_alias(graph, node, true) {
            way.pass_on(node, time);
        } else if node.outputs.iter().any(|&edge| way.has_gradient(edge)) {
            way.through_layer(place, time);
        }
    }
    // The caller reads the gradients of the model's inputs after everything else.
    for input in 0..inputs_of(graph) {
        if way.has_gradient(input) {
            way.touch(input, count + 1);
            if !way.written[way.group[input]] {
                way.steps.push(Step::Zero(input));
            }
        }
    }
    way.with_slots()
}

/// The way back as far as it has been gone. Its steps name memory by edges, and after them by spares, until all stays are
/// known.
struct WayBack<'a> {
    graph: &'a Graph,
    checked: &'a Checked,
    fused: &'a Fused,
    /// The edge whose gradient is in the same memory: a reshaped tensor's gradient is its only user's.
    group: Vec<EdgeId>,
    stays: Vec<Option<Stay>>,
    /// Has the gradient of a group been written? Then others are added to it.
    written: Vec<bool>,
    steps: Vec<Step>,
}

impl<'a> WayBack<'a> {
    fn new(graph: &'a Graph, checked: &'a Checked, fused: &'a Fused) -> Self {
        let edges = graph.edges.len();
        let mut way = WayBack {
            graph,
            checked,
            fused,
            group: (0..edges).collect(),
            stays: (0..edges).map(|_| None).collect(),
            written: vec![false; edges],
            steps: Vec::new(),
        };
        for node in &graph.nodes {
            let (input, output) = (node.inputs[0], node.outputs[0]);
            let only_user = graph.consumers(input).count() == 1 && !graph.is_output(input);
            if is_alias(graph, node, true) && only_user && way.has_gradient(input) {
                way.group[output] = way.group[input];
            }
        }
        way
    }

    fn has_gradient(&self, edge: EdgeId) -> bool {
        self.checked.edges[edge].kind() == Kind::Float
    }

    /// Writes the gradient of an edge: is it there already, so that this one is added?
    fn write(&mut self, edge: EdgeId) -> bool {
        std::mem::replace(&mut self.written[self.group[edge]], true)
    }

    fn touch(&mut self, edge: EdgeId, time: usize) {
        self.stays[self.group[edge]].get_or_insert(Stay::new(self.checked, edge, time)).keep(time);
    }

    /// Back through a layer that only lays out its input anew.
    fn pass_on(&mut self, node: &Node, time: usize) {
        let (input, output) = (node.inputs[0], node.outputs[0]);
        let (to, from) = (self.group[input], self.group[output]);
        // What nobody read has no gradient to pass on.
        if !self.has_gradient(input) || to == from || !self.written[from] {
            return;
        }
        self.touch(output, time);
        self.touch(input, time);
        let add = self.write(input);
        self.steps.push(Step::Pass { from_slot: from, edge: output, to: input, add });
    }

    fn through_layer(&mut self, place: usize, time: usize) {
        let mut zeroed = Vec::new();
        for &edge in &self.graph.nodes[place].outputs {
            self.touch(edge, time);
            if !self.write(edge) {
                zeroed.push(edge);
            }
        }
        let inputs = self.fused.inputs(self.graph, place);
        let (mut dx, mut later) = (Vec::new(), Vec::new());
        for (k, &edge) in inputs.iter().enumerate() {
            if !self.has_gradient(edge) {
                dx.push(Target::Unread);
                continue;
            }
            self.touch(edge, time);
            if inputs[..k].contains(&edge) {
                let spare = self.stays.len();
                self.stays.push(Some(Stay::new(self.checked, edge, time)));
                dx.push(Target::Spare(spare));
                later.push(Step::Pass { from_slot: spare, edge, to: edge, add: true });
            } else {
                dx.push(Target::Edge { add: self.write(edge) });
            }
        }
        self.steps.push(Step::Layer { node: place, zeroed, dx });
        self.steps.extend(later);
    }

    fn with_slots(mut self) -> (Gradients, Vec<Step>) {
        let (slot_of, slots) = assign_slots(&self.stays);
        for step in &mut self.steps {
            match step {
                Step::Pass { from_slot, .. } => *from_slot = slot_of[*from_slot].expect("it was touched"),
                Step::Zero(_) => {}
                Step::Layer { dx, .. } => {
                    for target in dx {
                        if let Target::Spare(spare) = target {
                            *spare = slot_of[*spare].expect("it was made with a stay");
                        }
                    }
                }
            }
        }
        let of = self.group.iter().map(|&group| slot_of[group]).collect();
        (Gradients { of, slots }, self.steps)
    }
}

//! Where tensors live: from the order of execution to a slot for each edge, shared by those that are never alive together.

use super::{Fused, Stretch, is_alias, is_mask, reads};
use crate::check::{Checked, inputs_of};
use crate::graph::{EdgeId, Graph};

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

/// A stretch of time in which a slot is taken.
pub(super) struct Stay {
    start: usize,
    end: usize,
    size: Option<usize>,
}

impl Stay {
    pub(super) fn new(checked: &Checked, edge: EdgeId, time: usize) -> Stay {
        Stay { start: time, end: time, size: checked.edges[edge].shape().map(|shape| shape.size()) }
    }

    pub(super) fn keep(&mut self, until: usize) {
        self.end = self.end.max(until);
    }
}

/// The edge in whose memory each edge lives.
pub(super) fn roots(graph: &Graph, fused: &Fused, training: bool) -> Vec<EdgeId> {
    let mut root: Vec<EdgeId> = (0..graph.edges.len()).collect();
    for (place, node) in graph.nodes.iter().enumerate() {
        if !fused.is_absorbed(place) && is_alias(graph, node, training) {
            root[node.outputs[0]] = root[node.inputs[0]];
        }
    }
    root
}

pub(super) fn homes(graph: &Graph, checked: &Checked, fused: &Fused, stretches: &[Stretch], training: bool) -> Homes {
    let inputs = inputs_of(graph);
    let root = roots(graph, fused, training);
    let stays = stays(graph, checked, fused, stretches, &root, training);
    let (slot_of, slots) = assign_slots(&stays);
    let of = root.iter().map(|&root| match root {
        root if root < inputs => Home::Input(root),
        root => slot_of[root].map_or(Home::Nowhere, Home::Slot),
    });
    let of = of.collect();
    Homes { of, root, slots }
}

/// How long each edge is alive. Time goes forward through the nodes and, in training, back through them.
fn stays(
    graph: &Graph,
    checked: &Checked,
    fused: &Fused,
    stretches: &[Stretch],
    root: &[EdgeId],
    training: bool,
) -> Vec<Option<Stay>> {
    let end_of_time = 2 * graph.nodes.len() + 1;
    let mut stays: Vec<Option<Stay>> = (0..graph.edges.len()).map(|_| None).collect();
    let keep = |stays: &mut [Option<Stay>], edge: EdgeId, until: usize| {
        if let Some(stay) = &mut stays[root[edge]] {
            stay.keep(until);
        }
    };
    for (time, node) in graph.nodes.iter().enumerate().filter(|(place, _)| !fused.is_absorbed(*place)) {
        if !is_alias(graph, node, training) {
            node.outputs.iter().for_each(|&edge| stays[edge] = Some(Stay::new(checked, edge, time)));
        }
        let (reads, backward) = (reads(graph, fused, time), end_of_time - time);
        for &edge in fused.inputs(graph, time) {
            let again = training && (reads.inputs || is_mask(checked, edge));
            keep(&mut stays, edge, if again { backward } else { time });
        }
        if training && reads.outputs {
            node.outputs.iter().for_each(|&edge| keep(&mut stays, edge, backward));
        }
    }
    // Until the loss or the caller has read it.
    let read = if training { graph.nodes.len() } else { end_of_time };
    for edge in graph.outputs.iter().flat_map(|output| [Some(output.edge), output.mask]).flatten() {
        keep(&mut stays, edge, read);
    }
    // The first samples of a stretch are done before its last ones have been read.
    for stretch in stretches {
        stretch.inputs.iter().for_each(|&edge| keep(&mut stays, edge, stretch.nodes.end));
    }
    stays
}

/// Gives each stay a slot so that no two share one at the same time; the slot that fits best is taken.
pub(super) fn assign_slots(stays: &[Option<Stay>]) -> (Vec<Option<usize>>, usize) {
    let mut slot_of = vec![None; stays.len()];
    // When each slot is free again, and how large it is.
    let mut slots: Vec<(usize, usize)> = Vec::new();
    let mut order: Vec<(usize, &Stay)> =
        stays.iter().enumerate().filter_map(|(k, stay)| Some((k, stay.as_ref()?))).collect();
    order.sort_by_key(|(_, stay)| stay.start);
    for (k, stay) in order {
        let size = stay.size.unwrap_or(0);
        let free = slots.iter().enumerate().filter(|(_, (until, _))| *until < stay.start);
        // The smallest that is large enough, or else the largest.
        let best = free.min_by_key(|(_, (_, room))| if *room >= size { (0, *room) } else { (1, usize::MAX - *room) });
        let slot = best.map_or(slots.len(), |(slot, _)| slot);
        if slot == slots.len() {
            slots.push((0, 0));
        }
        slots[slot] = (stay.end, slots[slot].1.max(size));
        slot_of[k] = Some(slot);
    }
    (slot_of, slots.len())
}

//! Which layers are computed one after the other for a few samples at a time, at inference.
//!
//! A layer that goes over a whole batch leaves more than a cache holds, and the next one has to fetch it again. Layers that
//! treat each sample alone, and do not live on reading their weights once for all samples, can take turns on a few samples
//! instead, each thread on samples of its own.

use std::ops::Range;

use formwork_shape::{Layer, Storage};

use super::{Fused, facts, is_alias};
use crate::check::{Checked, Known};
use crate::graph::{EdgeId, Graph};

/// The most weights of a layer that are at hand for every few samples again.
const WEIGHTS: usize = 1 << 17;

/// How often a sample has to use each weight, so that it need not be fetched for many samples at once.
const USES: usize = 16;

/// Some layers in a row, of which others read only what the last one computes.
pub struct Stretch {
    pub nodes: Range<usize>,
    /// What they read of others; where one of these shares its memory with another, the one that owns it.
    pub inputs: Vec<EdgeId>,
    /// What others read of them.
    pub output: EdgeId,
}

impl Stretch {
    /// The stretches of a model, whose edges live in the memory of their `root`.
    pub fn all(graph: &Graph, checked: &Checked, fused: &Fused, root: &[EdgeId]) -> Vec<Stretch> {
        let fits = |place: usize| {
            fused.is_absorbed(place)
                || is_alias(graph, &graph.nodes[place], false)
                || takes_samples(graph, checked, fused, place)
        };
        let mut stretches = Vec::new();
        let mut first = 0;
        while first < graph.nodes.len() {
            let len = (first..graph.nodes.len()).take_while(|&place| fits(place)).count();
            let ends = (first + 2..=first + len).rev();
            match ends.filter_map(|end| Stretch::new(graph, fused, root, first..end)).next() {
                Some(stretch) => {
                    first = stretch.nodes.end;
                    stretches.push(stretch);
                }
                None => first += 1,
            }
        }
        stretches
    }

    /// The stretch of these nodes: begins and ends with layers of which memory holds the outputs, has two of them or more,
    /// and nobody else reads what lies between.
    fn new(graph: &Graph, fused: &Fused, root: &[EdgeId], nodes: Range<usize>) -> Option<Stretch> {
        let is_computed = |place: usize| !fused.is_absorbed(place) && !is_alias(graph, &graph.nodes[place], false);
        let computed: Vec<usize> = nodes.clone().filter(|&place| is_computed(place)).collect();
        // What is computed together must not be cut.
        let whole = computed.iter().all(|&place| fused.group(place).iter().all(|member| nodes.contains(member)));
        let begins = nodes.start == computed.first().map_or(nodes.end, |&place| fused.group(place)[0]);
        if computed.len() < 2 || computed.last() != Some(&(nodes.end - 1)) || !whole || !begins {
            return None;
        }
        let &[output] = &graph.nodes[nodes.end - 1].outputs[..] else { return None };
        let inside: Vec<EdgeId> = computed.iter().flat_map(|&place| graph.nodes[place].outputs.clone()).collect();
        let is_read = |edge: EdgeId| {
            let readers = (0..graph.edges.len()).filter(|&alias| root[alias] == root[edge]);
            let is_output =
                |alias| graph.is_output(alias) || graph.outputs.iter().any(|output| output.mask == Some(alias));
            readers.clone().any(is_output)
                || readers.flat_map(|alias| graph.consumers(alias)).any(|place| !nodes.contains(&place))
        };
        if inside.iter().any(|&edge| edge != output && is_read(edge)) {
            return None;
        }
        let mut inputs: Vec<EdgeId> = Vec::new();
        for edge in computed.iter().flat_map(|&place| fused.inputs(graph, place)).map(|&edge| root[edge]) {
            if !inside.contains(&edge) && !inputs.contains(&edge) {
                inputs.push(edge);
            }
        }
        Some(Stretch { nodes, inputs, output })
    }
}

/// Does the layer treat each sample alone, and is it as fast for a few samples as for many?
fn takes_samples(graph: &Graph, checked: &Checked, fused: &Fused, place: usize) -> bool {
    let node = &graph.nodes[fused.leader(place)];
    let Some(builtin) = graph.builtin(node) else { return false };
    let group = fused.group(place).iter().map(|&member| &graph.nodes[member]);
    if group.clone().any(|node| node.training == Some(true)) || takes_batches(&builtin.layer) {
        return false;
    }
    // A layer that does nothing at inference stands for a copy where it cannot be an alias.
    let facts = facts(graph, node);
    if !facts.weighted || facts.storage != Storage::Own {
        return true;
    }
    let Some(x) = checked.inputs(graph, node).filter(|_| builtin.opaque.is_empty()) else {
        // What constants say is known too late; images are long enough.
        return is_convolution(&builtin.layer);
    };
    let weights = builtin.layer.weights(&x).parameters();
    let edges = node.inputs.iter().chain(&node.outputs).map(|&edge| checked.edges[edge]);
    let mut sizes = edges.map(|edge| match edge {
        Known::Tensor(tensor) if !tensor.shape.has_dynamic() => Some(tensor.shape.size()),
        _ => None,
    });
    let Some(numbers) = sizes.try_fold(0, |all: usize, size| Some(all.saturating_add(size?))) else {
        return weights <= WEIGHTS && x[0].shape.rank() > 1;
    };
    weights <= numbers || (weights <= WEIGHTS && builtin.layer.flops(&x) / 2 >= USES * weights)
}

/// Does the layer go through its steps for all samples at once, or add up something over the whole batch?
fn takes_batches(layer: &Layer) -> bool {
    match layer {
        Layer::LSTM(_) | Layer::GRU(_) | Layer::SimpleRNN(_) | Layer::Bidirectional(_) => true,
        Layer::ConvLSTM1D(_) | Layer::ConvLSTM2D(_) | Layer::ConvLSTM3D(_) | Layer::ActivityRegularization(_) => true,
        Layer::TimeDistributed(each) => takes_batches(each.layer.0),
        _ => false,
    }
}

fn is_convolution(layer: &Layer) -> bool {
    let name = layer.name();
    name.starts_with("Conv") || name.starts_with("DepthwiseConv") || name.starts_with("SeparableConv")
}

//! Which layers are computed together with the convolution or the batch normalization before them, or are read by a Dense
//! without being joined, so that what lies between never exists.
//!
//! At inference a normalization becomes a part of a convolution's weights; in training and at inference an activation is
//! applied, and after a convolution the largest values are taken, while the outputs are in cache. Layers, weights and
//! shapes stay what they are: only the passes differ.

use formwork_shape::{Activation, Layer};

use crate::graph::{Builtin, EdgeId, Graph, Node};

/// The most places of a window of which the runtime can note which one won.
const MOST_PLACES: usize = 255;

/// What is computed together.
pub struct Fused {
    /// For each node the nodes that are computed with it, in order and itself the last; empty if a later one does that.
    groups: Vec<Vec<usize>>,
    /// The activation after the first of them, where that has none of its own.
    activations: Vec<Activation>,
    /// Does the node read the inputs of the one before it, which only joins them?
    joining: Vec<bool>,
}

impl Fused {
    /// The nodes that are computed at `place`.
    pub fn group(&self, place: usize) -> &[usize] {
        &self.groups[place]
    }

    /// Is the node computed together with a later one?
    pub fn is_absorbed(&self, place: usize) -> bool {
        self.groups[place].is_empty()
    }

    /// The node before whose layer computes what the node does, too, if any.
    pub fn first(&self, place: usize) -> Option<usize> {
        if self.joining[place] {
            return None;
        }
        self.groups[place].split_last().and_then(|(_, before)| before.first()).copied()
    }

    /// The activation between the first and the node.
    pub fn activation(&self, place: usize) -> Activation {
        self.activations[place]
    }

    /// The node whose layer computes the node.
    pub fn leader(&self, place: usize) -> usize {
        self.first(place).unwrap_or(place)
    }

    /// What is read to compute the node.
    pub fn inputs<'g>(&self, graph: &'g Graph, place: usize) -> &'g [EdgeId] {
        &graph.nodes[self.groups[place].first().copied().unwrap_or(place)].inputs
    }
}

pub fn fuse(graph: &Graph, training: bool) -> Fused {
    let mut fused = Fused {
        groups: (0..graph.nodes.len()).map(|place| vec![place]).collect(),
        activations: vec![Activation::Linear; graph.nodes.len()],
        joining: vec![false; graph.nodes.len()],
    };
    for place in 0..graph.nodes.len() {
        if let Some(joint) = joint(graph, place) {
            fused.groups[joint].clear();
            fused.groups[place].insert(0, joint);
            fused.joining[place] = true;
        }
        // A normalization may be a part of a convolution already.
        let Some(mut chain) = Chain::start(graph, place).filter(|_| fused.groups[place] == [place]) else { continue };
        while let Some(next) = chain.next(training) {
            chain.members.push(next);
        }
        let last = *chain.members.last().expect("it starts with one");
        if last != place {
            chain.members.iter().for_each(|&member| fused.groups[member].clear());
            fused.activations[last] = chain.after;
            fused.groups[last] = chain.members;
        }
    }
    fused
}

/// The Concatenate before a Dense that is its only reader: the Dense reads the parts where they lie.
fn joint(graph: &Graph, place: usize) -> Option<usize> {
    let node = &graph.nodes[place];
    let (Layer::Dense(_), &[edge]) = (&graph.builtin(node)?.layer, &node.inputs[..]) else { return None };
    let (joint, _) = graph.edges[edge].from?;
    let before = &graph.nodes[joint];
    let joins = matches!(graph.builtin(before)?.layer, Layer::Concatenate(_)) && before.outputs.len() == 1;
    (joins && graph.consumers(edge).count() == 1 && !graph.is_output(edge)).then_some(joint)
}

/// A convolution or a batch normalization, and the layers that can be computed with it.
struct Chain<'g> {
    graph: &'g Graph,
    members: Vec<usize>,
    /// Spatial axes of a convolution.
    rank: Option<usize>,
    /// The convolution's own activation, or the one that follows.
    activation: Activation,
    /// The one that follows.
    after: Activation,
    normalized: bool,
    pooled: bool,
}

impl<'g> Chain<'g> {
    fn start(graph: &'g Graph, place: usize) -> Option<Self> {
        let node = &graph.nodes[place];
        let builtin = graph.builtin(node)?;
        let rank = match &builtin.layer {
            Layer::Conv1D(_) => Some(1),
            Layer::Conv2D(_) | Layer::DepthwiseConv2D(_) => Some(2),
            Layer::Conv3D(_) => Some(3),
            Layer::BatchNormalization(_) if node.training.is_none() => None,
            _ => return None,
        };
        let activation = builtin.layer.facts().activation.unwrap_or(Activation::Linear);
        let readable = node.inputs.len() == 1 && is_read(builtin, &["activation"]) && !activation.of_rows();
        readable.then(|| Chain {
            graph,
            members: vec![place],
            rank,
            activation,
            after: Activation::Linear,
            normalized: false,
            pooled: false,
        })
    }

    /// The only reader of what was computed so far, if it can be computed together with it.
    fn next(&mut self, training: bool) -> Option<usize> {
        let edge = self.graph.nodes[*self.members.last()?].outputs[0];
        let mut readers = self.graph.consumers(edge);
        let (place, None) = (readers.next()?, readers.next()) else { return None };
        let node = &self.graph.nodes[place];
        let alone = node.inputs == [edge] && node.outputs.len() == 1 && !self.graph.is_output(edge);
        (alone && self.takes(node, training)).then_some(place)
    }

    fn takes(&mut self, node: &Node, training: bool) -> bool {
        let Some(builtin) = self.graph.builtin(node) else { return false };
        // What a normalization does must not follow from what is said of the layer after it.
        let says = if self.rank.is_some() { node.training == Some(true) } else { node.training.is_some() };
        if self.pooled || says {
            return false;
        }
        match &builtin.layer {
            Layer::BatchNormalization(layer) => {
                let last = self.rank.is_some_and(|rank| layer.axis == -1 || layer.axis == rank as isize + 1);
                let fits = !training && !self.normalized && self.activation == Activation::Linear;
                self.normalized |= fits && last && is_read(builtin, &["axis"]);
                fits && last && is_read(builtin, &["axis"])
            }
            Layer::Activation(layer) => is_read(builtin, &["activation"]) && self.activates(layer.activation, training),
            Layer::ReLU(layer) => {
                let plain = layer.max_value.is_none() && layer.negative_slope == 0.0 && layer.threshold == 0.0;
                plain && builtin.opaque.is_empty() && self.activates(Activation::Relu, training)
            }
            Layer::MaxPooling1D(layer) => self.pools(builtin, &layer.pool_size),
            Layer::MaxPooling2D(layer) => self.pools(builtin, &layer.pool_size),
            Layer::MaxPooling3D(layer) => self.pools(builtin, &layer.pool_size),
            _ => false,
        }
    }

    fn activates(&mut self, activation: Activation, training: bool) -> bool {
        // Going back through one that reads its input takes that input, which is not kept.
        let fits =
            self.activation == Activation::Linear && !activation.of_rows() && !(training && activation.reads_input());
        if fits {
            (self.activation, self.after) = (activation, activation);
        }
        fits
    }

    fn pools(&mut self, builtin: &Builtin, size: &[usize]) -> bool {
        // The largest value is activated afterwards, so the activation must not fall anywhere: those that do read their input.
        let fits = builtin.opaque.is_empty()
            && self.rank == Some(size.len())
            && size.iter().try_fold(1_usize, |all, &size| all.checked_mul(size)).is_some_and(|all| all <= MOST_PLACES)
            && !self.activation.reads_input();
        self.pooled |= fits;
        fits
    }
}

/// Has the macro read these arguments?
fn is_read(builtin: &Builtin, arguments: &[&str]) -> bool {
    builtin.opaque.iter().all(|argument| arguments.iter().all(|name| argument.field != name))
}

//! Which layers are computed together with the convolution before them, so that what lies between never exists.
//!
//! At inference a normalization becomes a part of the weights; in training and at inference an activation is applied and
//! the largest values are taken while the outputs are in cache. Layers, weights and shapes stay what they are: only the
//! passes differ.

use formwork_shape::{Activation, Layer};

use crate::graph::{Builtin, EdgeId, Graph, Node};

/// The most places of a window of which the runtime can note which one won.
const MOST_PLACES: usize = 255;

/// What is computed together.
pub struct Fused {
    /// For each node the nodes that are computed with it, in order and itself the last; empty if a later one does that.
    groups: Vec<Vec<usize>>,
    /// The activation after the convolution, where that has none of its own.
    activations: Vec<Activation>,
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

    /// The convolution that is computed together with the node, if any.
    pub fn convolution(&self, place: usize) -> Option<usize> {
        self.groups[place].split_last().and_then(|(_, before)| before.first()).copied()
    }

    /// The activation between the convolution and the node.
    pub fn activation(&self, place: usize) -> Activation {
        self.activations[place]
    }

    /// What is read to compute the node.
    pub fn inputs<'g>(&self, graph: &'g Graph, place: usize) -> &'g [EdgeId] {
        &graph.nodes[self.convolution(place).unwrap_or(place)].inputs
    }
}

pub fn fuse(graph: &Graph, training: bool) -> Fused {
    let mut fused = Fused {
        groups: (0..graph.nodes.len()).map(|place| vec![place]).collect(),
        activations: vec![Activation::Linear; graph.nodes.len()],
    };
    for place in 0..graph.nodes.len() {
        let Some(mut chain) = Chain::start(graph, place) else { continue };
        while let Some(next) = chain.next(training) {
            chain.members.push(next);
        }
        let last = *chain.members.last().expect("it starts with the convolution");
        if last != place {
            chain.members.iter().for_each(|&member| fused.groups[member].clear());
            fused.activations[last] = chain.after;
            fused.groups[last] = chain.members;
        }
    }
    fused
}

/// A convolution and the layers that can be computed with it.
struct Chain<'g> {
    graph: &'g Graph,
    members: Vec<usize>,
    /// Spatial axes.
    rank: usize,
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
            Layer::Conv1D(_) => 1,
            Layer::Conv2D(_) | Layer::DepthwiseConv2D(_) => 2,
            Layer::Conv3D(_) => 3,
            _ => return None,
        };
        let activation = builtin.layer.facts().activation?;
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
        if self.pooled || node.training == Some(true) {
            return false;
        }
        match &builtin.layer {
            Layer::BatchNormalization(layer) => {
                let last = layer.axis == -1 || layer.axis == self.rank as isize + 1;
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
            && size.len() == self.rank
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

//! Which steps are data and which are padding: masks become edges of the graph, for the layers that read them.
//!
//! A mask is computed where it is first read; one that nobody reads is never computed.

use formwork_shape::{Arg, Layer, Masking, layers};
use proc_macro2::Span;
use syn::Ident;

use crate::errors::Errors;
use crate::graph::{Builtin, Edge, EdgeId, Graph, LayerId, LayerKind, MaskArgument, Node, OpaqueArgument};

pub fn masks(graph: Graph, errors: &mut Errors) -> Graph {
    let mut masks = Masks { of: vec![None; graph.edges.len()], list: Vec::new(), graph, nodes: Vec::new(), errors };
    for node in std::mem::take(&mut masks.graph.nodes) {
        masks.node(node);
    }
    for place in 0..masks.graph.outputs.len() {
        let mask = masks.of[masks.graph.outputs[place].edge];
        masks.graph.outputs[place].mask = mask.map(|mask| masks.edge(mask));
    }
    Graph { nodes: masks.nodes, ..masks.graph }
}

type MaskId = usize;

/// How a mask is computed.
#[derive(Clone)]
enum Source {
    /// It has been computed, or is an input of the model.
    Edge(EdgeId),
    /// From the input of the layer, an Embedding or a Masking, that makes it.
    Made {
        from: EdgeId,
        by: LayerId,
    },
    Or(Vec<MaskId>),
    /// From the masks of what a Concatenate joins, and from the tensor itself where it has none.
    Joined {
        parts: Vec<(EdgeId, Option<MaskId>)>,
        by: LayerId,
    },
}

struct Masks<'a> {
    graph: Graph,
    nodes: Vec<Node>,
    list: Vec<Source>,
    /// The mask of each edge, if it has one.
    of: Vec<Option<MaskId>>,
    errors: &'a mut Errors,
}

impl Masks<'_> {
    fn node(&mut self, mut node: Node) {
        let masking = match &self.graph.layers[node.layer].kind {
            LayerKind::Builtin(builtin) => builtin.layer.facts().masking,
            LayerKind::Custom(custom) if custom.each_step => Masking::Passes,
            LayerKind::Custom(_) => Masking::Ends,
            // Its mistake has been reported.
            LayerKind::Broken => Masking::Passes,
        };
        if masking == Masking::Attends {
            return self.attention(node);
        }
        let incoming: Vec<Option<MaskId>> = match node.mask {
            MaskArgument::Follows => node.inputs.iter().map(|&edge| self.of[edge]).collect(),
            MaskArgument::Dropped => Vec::new(),
            MaskArgument::Given(edge, span) => self.given(&node, masking, edge, span),
        };
        let first = incoming.first().copied().flatten();
        let reads = match masking {
            Masking::Reads | Masking::ReadsAndPasses => true,
            Masking::PassesAndReadsGiven => matches!(node.mask, MaskArgument::Given(..)),
            _ => false,
        };
        let read = first.filter(|_| reads).map(|mask| self.edge(mask));
        node.inputs.extend(read);
        let outgoing = match masking {
            Masking::Passes | Masking::PassesAndReadsGiven | Masking::ReadsAndPasses => first,
            Masking::Reads | Masking::Ends => None,
            Masking::Merges => self.merged(&incoming),
            Masking::Joins => self.joined(&node, &incoming),
            Masking::Attends => unreachable!("attention has been dealt with"),
            Masking::MakesOfIds | Masking::MakesOfSteps if matches!(node.mask, MaskArgument::Dropped) => None,
            Masking::MakesOfIds | Masking::MakesOfSteps => {
                Some(self.add(Source::Made { from: node.inputs[0], by: node.layer }))
            }
        };
        self.wired_by_settings(&node, first.is_some());
        let merges = matches!(masking, Masking::Merges | Masking::Joins);
        let lost = matches!(masking, Masking::Ends) || (merges && outgoing.is_none());
        if let Some(place) = incoming.iter().position(Option::is_some).filter(|_| lost) {
            self.warn(&node, place);
        }
        let outputs = node.outputs[..self.outputs_with_steps(&node)].to_vec();
        self.push(node);
        for output in outputs {
            self.of[output] = outgoing;
        }
    }

    /// How many of the outputs, the first ones, have the steps of the input; the states of a recurrent layer have none.
    fn outputs_with_steps(&self, node: &Node) -> usize {
        match self.graph.builtin(node).map(|builtin| &builtin.layer) {
            Some(Layer::Bidirectional(layers::Bidirectional { merge_mode: None, .. })) => node.outputs.len().min(2),
            _ => 1,
        }
    }

    /// An attention layer reads the masks of its tensors, in the order that its setting `masks` says.
    fn attention(&mut self, mut node: Node) {
        let tensors = node.inputs.len();
        let mut given = [false; 4];
        let mut outgoing = None;
        for (place, argument) in node.attends.into_iter().enumerate() {
            let mask = match argument {
                MaskArgument::Given(edge, _) => Some(self.add(Source::Edge(edge))),
                MaskArgument::Follows if place < tensors.min(3) => self.of[node.inputs[place]],
                _ => None,
            };
            if place == 0 {
                outgoing = mask;
            }
            // A key that is the value has its mask.
            if let Some(mask) = mask.filter(|_| self.reads_mask(&node, place)) {
                let edge = self.edge(mask);
                node.inputs.push(edge);
                given[place] = true;
            }
        }
        if given != [false; 4]
            && let Some(own) = self.graph.builtin(&node)
        {
            let mut variant = own.clone();
            let index = variant.layer.fields().iter().position(|field| field.name == "masks");
            let index = index.expect("attention layers have this field");
            variant.layer.set(index, &Arg::List(&given.map(Arg::Bool)));
            node.variant = Some(variant);
        }
        let output = node.outputs[0];
        self.push(node);
        self.of[output] = outgoing;
    }

    /// Only layers of several heads read the mask of their key; a mask that is given must not be lost.
    fn reads_mask(&mut self, node: &Node, place: usize) -> bool {
        let label = self.graph.layers[node.layer].label.clone();
        if matches!(label.as_str(), "MultiHeadAttention" | "GroupQueryAttention") || place < 2 {
            return true;
        }
        if let MaskArgument::Given(edge, span) = node.attends[place] {
            self.errors.push(
                span,
                format!(
                    "{label} reads the masks of query and value only\n\
                     hint: write mask = [query_mask, value_mask]; MultiHeadAttention takes key_mask and attention_mask"
                ),
            );
            self.graph.edges[edge].unused_ok = true;
        }
        false
    }

    /// `mask = m`, for a layer that reads it.
    fn given(&mut self, node: &Node, masking: Masking, edge: EdgeId, span: Span) -> Vec<Option<MaskId>> {
        match masking {
            Masking::Reads | Masking::ReadsAndPasses | Masking::PassesAndReadsGiven => {
                vec![Some(self.add(Source::Edge(edge)))]
            }
            _ => {
                let label = &self.graph.layers[node.layer].label;
                self.errors.push(
                    span,
                    format!(
                        "{label} reads no mask\nhint: give it to a layer that skips masked steps, such as \
                         LSTM(..)(x, mask = m) or GlobalAveragePooling1D()(x, mask = m)"
                    ),
                );
                self.graph.edges[edge].unused_ok = true;
                Vec::new()
            }
        }
    }

    /// A mask is left behind without a word, as in Keras.
    fn warn(&mut self, node: &Node, place: usize) {
        let label = &self.graph.layers[node.layer].label;
        let name = &self.graph.edges[node.inputs[place]].name;
        self.graph.warnings.push((
            node.span,
            format!(
                "this {label} drops the mask of `{name}`: what follows takes padding for data \
                 (if that is meant, write `mask = None` after its inputs)"
            ),
        ));
    }

    /// A step of a merge is data where it is data in any input.
    fn merged(&mut self, incoming: &[Option<MaskId>]) -> Option<MaskId> {
        let mut masks: Vec<MaskId> = incoming.iter().copied().collect::<Option<_>>()?;
        masks.sort_unstable();
        masks.dedup();
        match masks[..] {
            [] => None,
            [mask] => Some(mask),
            _ => Some(self.add(Source::Or(masks))),
        }
    }

    /// A join is a merge along the last axis; along any other, the shapes tell whether it joins steps.
    fn joined(&mut self, node: &Node, incoming: &[Option<MaskId>]) -> Option<MaskId> {
        let builtin = self.graph.builtin(node)?;
        if builtin.opaque.is_empty() && matches!(builtin.layer, Layer::Concatenate(layers::Concatenate { axis: -1 })) {
            return self.merged(incoming);
        }
        incoming.iter().find(|mask| mask.is_some())?;
        let parts = node.inputs.iter().copied().zip(incoming.iter().copied()).collect();
        Some(self.add(Source::Joined { parts, by: node.layer }))
    }

    /// The edge that holds a mask; the nodes that compute it are added where there is none yet.
    fn edge(&mut self, mask: MaskId) -> EdgeId {
        let edge = match self.list[mask].clone() {
            Source::Edge(edge) => return edge,
            Source::Made { from, by } => {
                let (layer, span) = (self.not_equal(by), self.graph.layers[by].span);
                self.compute(layer, vec![from], span)
            }
            Source::Or(masks) => {
                let inputs: Vec<EdgeId> = masks.into_iter().map(|mask| self.edge(mask)).collect();
                let span = self.graph.edges[inputs[0]].span;
                self.compute(Layer::from(layers::LogicalOr {}).into(), inputs, span)
            }
            Source::Joined { parts, by } => {
                let (layer, span) = (self.join_masks(by), self.graph.layers[by].span);
                let masks = parts.iter().map(|&(part, mask)| mask.map_or(part, |mask| self.edge(mask)));
                let inputs = std::iter::once(parts[0].0).chain(masks).collect();
                self.compute(layer, inputs, span)
            }
        };
        self.list[mask] = Source::Edge(edge);
        edge
    }

    /// The layer that computes the mask of an Embedding or of a Masking.
    fn not_equal(&self, by: LayerId) -> Builtin {
        let LayerKind::Builtin(builtin) = &self.graph.layers[by].kind else {
            unreachable!("only built-in layers make masks")
        };
        let (mask_value, opaque) = match &builtin.layer {
            Layer::Masking(masking) => (masking.mask_value, builtin.opaque.clone()),
            _ => (0.0, Vec::new()),
        };
        Builtin { opaque, ..Layer::from(layers::NotEqual { mask_value }).into() }
    }

    /// The layer that computes the mask of a Concatenate.
    fn join_masks(&self, by: LayerId) -> Builtin {
        let LayerKind::Builtin(Builtin { layer: Layer::Concatenate(join), opaque, .. }) = &self.graph.layers[by].kind
        else {
            unreachable!("only a Concatenate joins masks")
        };
        Builtin { opaque: opaque.clone(), ..Layer::from(layers::JoinMasks { axis: join.axis }).into() }
    }

    fn compute(&mut self, builtin: Builtin, inputs: Vec<EdgeId>, span: Span) -> EdgeId {
        let label = builtin.layer.name();
        let layer = self.graph.add_layer(builtin, label, span);
        let name = format!("the mask of {}", self.graph.edges[inputs[0]].name);
        let output = self.graph.edges.len();
        self.graph.edges.push(Edge { name, span, from: None, stated: Vec::new(), unused_ok: true, hides: false });
        self.of.push(None);
        self.push(Node::new(layer, inputs, vec![output], span));
        output
    }

    fn push(&mut self, node: Node) {
        for (k, &edge) in node.outputs.iter().enumerate() {
            self.graph.edges[edge].from = Some((self.nodes.len(), k));
        }
        self.nodes.push(node);
    }

    fn add(&mut self, source: Source) -> MaskId {
        self.list.push(source);
        self.list.len() - 1
    }

    /// Settings that decide where masks go cannot wait for constant evaluation.
    fn wired_by_settings(&mut self, node: &Node, masked: bool) {
        let LayerKind::Builtin(builtin) = &self.graph.layers[node.layer].kind else { return };
        let decides = |field: &Ident| field == "mask_zero" || (masked && field == "return_sequences");
        for OpaqueArgument { field, .. } in builtin.opaque.iter().filter(|argument| decides(&argument.field)) {
            self.errors.push(
                field.span(),
                format!(
                    "`{field}` decides how masks are wired, so the compiler must read it here\n\
                     hint: write true or false, or declare the constant inside the model"
                ),
            );
        }
    }
}

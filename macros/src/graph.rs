//! What was meant: layers applied to tensors, loops and helpers unrolled, in the order of execution.

use formwork_shape::{Constraint, Layer, Regularizer};
use proc_macro2::{Span, TokenStream};
use syn::{ExprPath, Ident};

use crate::ast::Dimension;

pub type EdgeId = usize;
pub type LayerId = usize;

/// A whole model.
#[derive(Default)]
pub struct Graph {
    /// The first edges are the model's inputs.
    pub edges: Vec<Edge>,
    /// Each reads edges that earlier nodes, or nobody, wrote.
    pub nodes: Vec<Node>,
    pub layers: Vec<LayerDef>,
    pub outputs: Vec<Output>,
    /// The names of the named dynamic axes.
    pub axes: Vec<String>,
    /// What is allowed but hardly meant, at the token that it is about.
    pub warnings: Vec<(Span, String)>,
    /// Did a mistake keep a part of the model out of the graph? Then what is missing is not reported.
    pub incomplete: bool,
}

/// A tensor: an input of the model, or an output of a node.
pub struct Edge {
    /// As messages call it: the variable, or `Flatten()` for a tensor without a name.
    pub name: String,
    pub span: Span,
    /// Where it comes from: the node and which of its outputs; none for an input.
    pub from: Option<(usize, usize)>,
    /// The shapes that `let`s state for it.
    pub stated: Vec<(Vec<Dimension>, Span)>,
    /// May it be unused? (Its name starts with `_`.)
    pub unused_ok: bool,
    /// Is it a new variable that hides one of the same name outside of its block?
    pub hides: bool,
}

/// One use of a layer.
pub struct Node {
    pub layer: LayerId,
    pub inputs: Vec<EdgeId>,
    pub outputs: Vec<EdgeId>,
    pub span: Span,
    /// Which helpers and loops it was unrolled from, for messages.
    pub context: String,
    pub mask: MaskArgument,
    /// The masks of an attention layer: of query, value and key, and that of pairs.
    pub attends: [MaskArgument; 4],
    /// The layer with the settings of this use, where they are not the layer's own.
    pub variant: Option<Builtin>,
    /// `training = true` or `training = false`: what the layer does in this use, whatever the model does.
    pub training: Option<bool>,
}

/// The mask that a use of a layer reads.
#[derive(Clone, Copy, Default)]
pub enum MaskArgument {
    /// The one that comes with its input, if any.
    #[default]
    Follows,
    /// `mask = None`
    Dropped,
    /// `mask = m`
    Given(EdgeId, Span),
}

/// A layer, used once or, if it is shared, several times.
pub struct LayerDef {
    pub kind: LayerKind,
    /// The type as it was written, such as `Conv2D`.
    pub label: String,
    pub span: Span,
    /// The `Sequential` that it was written in, if any.
    pub within: Option<Span>,
    /// The name that the user gave it, if any.
    pub given_name: Option<Ident>,
}

#[expect(clippy::large_enum_variant, reason = "there is one a layer of a model, and most are built in")]
pub enum LayerKind {
    Builtin(Builtin),
    Custom(Custom),
    /// Its arguments are wrong, which has been reported.
    Broken,
}

impl From<Builtin> for LayerKind {
    fn from(builtin: Builtin) -> Self {
        LayerKind::Builtin(builtin)
    }
}

impl From<Layer> for LayerKind {
    fn from(layer: Layer) -> Self {
        LayerKind::Builtin(layer.into())
    }
}

#[derive(Clone)]
pub struct Builtin {
    /// With every argument that the macro could read.
    pub layer: Layer,
    /// The arguments that only constant evaluation can read.
    pub opaque: Vec<OpaqueArgument>,
    pub extras: Extras,
}

impl From<Layer> for Builtin {
    fn from(layer: Layer) -> Self {
        Builtin { layer, opaque: Vec::new(), extras: Extras::default() }
    }
}

/// What is said of a layer besides its own arguments. Weights are named by the beginning of Keras' arguments: `kernel`.
#[derive(Clone, Default)]
pub struct Extras {
    /// `trainable = false`
    pub frozen: bool,
    pub regularizers: Vec<(&'static str, Regularizer)>,
    pub constraints: Vec<(&'static str, Constraint)>,
    /// Seeds of initializers.
    pub seeds: Vec<(&'static str, u64)>,
    /// What its output adds to the loss.
    pub activity: Option<Regularizer>,
    /// An activation with arguments, which follows as a layer of its own.
    pub then: Option<Box<Builtin>>,
}

impl Extras {
    pub fn is_empty(&self) -> bool {
        !self.frozen && self.regularizers.is_empty() && self.constraints.is_empty() && self.seeds.is_empty()
    }

    /// Those of a wrapper with a layer inside.
    pub fn take_in(&mut self, inner: Extras) {
        self.frozen |= inner.frozen;
        self.regularizers.extend(inner.regularizers);
        self.constraints.extend(inner.constraints);
        self.seeds.extend(inner.seeds);
        self.activity = self.activity.or(inner.activity);
        self.then = self.then.take().or(inner.then);
    }
}

#[derive(Clone)]
pub struct OpaqueArgument {
    pub field: Ident,
    /// The method of `Value` that converts it; empty for none.
    pub convert: &'static str,
    pub value: TokenStream,
}

/// A user-defined layer or a nested model.
pub struct Custom {
    pub path: ExprPath,
    pub arguments: Vec<TokenStream>,
    pub keywords: Vec<(Ident, TokenStream)>,
    /// Is it applied at every step of a sequence?
    pub each_step: bool,
}

pub struct Output {
    pub name: Ident,
    pub edge: EdgeId,
    /// Which of its steps a loss counts.
    pub mask: Option<EdgeId>,
}

impl Node {
    /// A use of a layer of which the call says nothing but its tensors.
    pub fn new(layer: LayerId, inputs: Vec<EdgeId>, outputs: Vec<EdgeId>, span: Span) -> Self {
        let (mask, attends) = Default::default();
        Node { layer, inputs, outputs, span, context: String::new(), mask, attends, variant: None, training: None }
    }
}

impl Graph {
    /// Adds a layer without a name.
    pub fn add_layer(&mut self, kind: impl Into<LayerKind>, label: &str, span: Span) -> LayerId {
        let (kind, label) = (kind.into(), label.to_string());
        self.layers.push(LayerDef { kind, label, span, within: None, given_name: None });
        self.layers.len() - 1
    }

    /// Numbers the layers as they are applied: in `Dense(1)(Dense(16)(x))` the inner one comes first, though it was
    /// written last. Those that are never applied come last.
    pub fn in_order_of_use(&mut self) {
        let mut place = vec![None; self.layers.len()];
        let mut used = 0;
        for node in &self.nodes {
            if place[node.layer].is_none() {
                place[node.layer] = Some(used);
                used += 1;
            }
        }
        let unused = place.iter_mut().filter(|place| place.is_none());
        unused.zip(used..).for_each(|(place, next)| *place = Some(next));
        let place: Vec<LayerId> = place.into_iter().flatten().collect();
        let mut layers: Vec<(LayerId, LayerDef)> =
            place.iter().copied().zip(std::mem::take(&mut self.layers)).collect();
        layers.sort_by_key(|(place, _)| *place);
        self.layers = layers.into_iter().map(|(_, layer)| layer).collect();
        self.nodes.iter_mut().for_each(|node| node.layer = place[node.layer]);
    }

    /// The nodes that read `edge`.
    pub fn consumers(&self, edge: EdgeId) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.inputs.contains(&edge)).map(|(k, _)| k)
    }

    pub fn is_output(&self, edge: EdgeId) -> bool {
        self.outputs.iter().any(|output| output.edge == edge)
    }

    /// The tensors that a call of the layer may give by name.
    pub fn call_tensors(&self, layer: LayerId) -> &'static [&'static str] {
        match &self.layers[layer].kind {
            LayerKind::Builtin(builtin) => builtin.layer.facts().call,
            _ => &[],
        }
    }

    /// The names of a built-in layer's settings.
    pub fn settings(&self, layer: LayerId) -> Vec<&'static str> {
        match &self.layers[layer].kind {
            LayerKind::Builtin(builtin) => {
                builtin.layer.fields().iter().filter(|field| !field.want.is_empty()).map(|field| field.name).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The built-in layer of a node with the settings of this use, if it is one.
    pub fn builtin<'a>(&'a self, node: &'a Node) -> Option<&'a Builtin> {
        match &self.layers[node.layer].kind {
            LayerKind::Builtin(_) if node.variant.is_some() => node.variant.as_ref(),
            LayerKind::Builtin(builtin) => Some(builtin),
            _ => None,
        }
    }
}

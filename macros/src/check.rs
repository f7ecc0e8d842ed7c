//! Running the rules: the shape of every edge that the macro can know, and every mistake that it can see.

mod declared;
mod unused;

use formwork_shape::{DYN, In, Kind, Layer, MAX_RANK, Msg, Shape, Tensor, axis, unfit, unfit_constraint};

use crate::ast::{Dimension, Source};
use crate::errors::Errors;
use crate::graph::{EdgeId, Graph, LayerKind, MaskArgument, Node};
use crate::history;
use crate::plan::is_alias;

/// What is known of an edge.
#[derive(Clone, Copy)]
pub enum Known {
    Tensor(Tensor),
    /// A mistake was made before it, which has been reported.
    Poison,
    /// Only constant evaluation knows.
    Constant(Kind),
}

impl Known {
    pub fn shape(&self) -> Option<Shape> {
        match self {
            Known::Tensor(tensor) => Some(tensor.shape),
            _ => None,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Known::Tensor(tensor) => tensor.kind,
            Known::Constant(kind) => *kind,
            Known::Poison => Kind::Float,
        }
    }
}

/// A model whose mistakes, as far as the macro can see them, have been reported.
pub struct Checked {
    pub edges: Vec<Known>,
    /// The names of the named dynamic axes, alive as long as the compiler.
    pub axes: &'static [&'static str],
}

impl Checked {
    pub fn input(&self, graph: &Graph, edge: EdgeId) -> Option<In> {
        match self.edges[edge] {
            Known::Tensor(Tensor { shape, kind }) => {
                Some(In { name: leak(&graph.edges[edge].name), shape, kind, axes: self.axes })
            }
            _ => None,
        }
    }

    /// The inputs of a node, if all are known.
    pub fn inputs(&self, graph: &Graph, node: &Node) -> Option<Vec<In>> {
        node.inputs.iter().map(|&edge| self.input(graph, edge)).collect()
    }
}

pub fn check(source: &Source, graph: &Graph, errors: &mut Errors) -> Checked {
    let axes: Vec<&'static str> = graph.axes.iter().map(|name| leak(name)).collect();
    let mut checked =
        Checked { edges: Vec::with_capacity(graph.edges.len()), axes: Box::leak(axes.into_boxed_slice()) };
    checked.edges.resize(graph.edges.len(), Known::Poison);
    for (edge, input) in source.inputs.iter().enumerate().take(inputs_of(graph)).filter(|(_, input)| !input.broken) {
        let kind = match &input.element {
            Some(element) if element == "bool" => Kind::Mask,
            Some(_) => Kind::Int,
            None if feeds_embeddings_only(graph, edge) => Kind::Int,
            None => Kind::Float,
        };
        declared::zero_axis(&input.dims, &format!("input `{}`", input.name), errors);
        checked.edges[edge] = match fixed(&input.dims, &graph.axes) {
            Some(shape) => Known::Tensor(Tensor { shape, kind }),
            None => Known::Constant(kind),
        };
    }
    let mut first_use: Vec<Option<usize>> = vec![None; graph.layers.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        run_rule(graph, node, &mut checked, errors);
        if node.outputs.iter().any(|&edge| matches!(checked.edges[edge], Known::Poison)) {
            continue;
        }
        match first_use[node.layer] {
            None => first_use[node.layer] = Some(place),
            Some(first) => shared(graph, &graph.nodes[first], node, &mut checked, errors),
        }
    }
    declared::stated(graph, &checked, errors);
    declared::declared(source, graph, &checked, errors);
    if !graph.incomplete {
        unused::unused(source, graph, &checked, errors);
    }
    checked
}

/// The model's inputs are the edges that no node writes.
pub fn inputs_of(graph: &Graph) -> usize {
    graph.edges.iter().take_while(|edge| edge.from.is_none()).count()
}

/// The dimensions as a shape, if the macro can read them all.
pub fn fixed(dims: &[Dimension], axes: &[String]) -> Option<Shape> {
    let mut read = [0; MAX_RANK];
    for (read, dim) in read.iter_mut().zip(dims) {
        *read = dimension(dim, axes)?;
    }
    Some(Shape::new(&read[..dims.len().min(MAX_RANK)]))
}

fn dimension(dim: &Dimension, axes: &[String]) -> Option<usize> {
    match dim {
        Dimension::Any(_) => Some(DYN),
        Dimension::Named(name) => axes.iter().position(|axis| name == axis).map(axis),
        Dimension::Fixed(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(n), .. })) => {
            n.base10_parse().ok().filter(|n| *n <= u32::MAX as usize)
        }
        Dimension::Fixed(_) => None,
    }
}

/// Ids that only an Embedding reads need no integer type in the signature.
fn feeds_embeddings_only(graph: &Graph, edge: EdgeId) -> bool {
    let mut looked_up = false;
    let only = graph.consumers(edge).all(|place| {
        let node = &graph.nodes[place];
        let looks_up = match graph.builtin(node) {
            Some(_) if is_alias(graph, node, true) => feeds_embeddings_only(graph, node.outputs[0]),
            Some(builtin) => builtin.layer.facts().id_limit.is_some(),
            // A mistake in its arguments has been reported.
            None => graph.layers[node.layer].label == "Embedding",
        };
        looked_up |= looks_up;
        // The mask of an Embedding is made of its ids.
        looks_up || graph.layers[node.layer].label == "NotEqual"
    });
    only && looked_up
}

/// Judges one use of a layer. What only constants of the user's crate say is judged there, by the same rules in the same
/// order: `Checked::of` in `runtime/src/checked.rs`.
fn run_rule(graph: &Graph, node: &Node, checked: &mut Checked, errors: &mut Errors) {
    let definition = &graph.layers[node.layer];
    let poison = node.inputs.iter().any(|&edge| matches!(checked.edges[edge], Known::Poison));
    let builtin = match &definition.kind {
        _ if poison => return,
        LayerKind::Broken => return,
        LayerKind::Custom(_) => {
            for &edge in &node.outputs {
                checked.edges[edge] = Known::Constant(Kind::Float);
            }
            return;
        }
        LayerKind::Builtin(own) => graph.builtin(node).unwrap_or(own),
    };
    if let MaskArgument::Given(edge, span) = node.mask
        && node.inputs.contains(&edge)
        && checked.edges[edge].kind() != Kind::Mask
    {
        let name = &graph.edges[edge].name;
        errors.push(
            span,
            format!(
                "a mask is a tensor with a bool for each step, but `{name}` holds numbers\n\
                 hint: declare it as an input of its own: `mask: Input<time, bool>`"
            ),
        );
        return;
    }
    let inputs = match checked.inputs(graph, node) {
        Some(inputs) if builtin.opaque.is_empty() || keeps_shape(&builtin.layer) => inputs,
        _ => {
            let kind = if builtin.layer.facts().is_mask { Kind::Mask } else { Kind::Float };
            for &edge in &node.outputs {
                checked.edges[edge] = Known::Constant(kind);
            }
            return;
        }
    };
    match builtin.layer.outputs(&inputs) {
        Ok(outs) if outs.len() != node.outputs.len() => {
            errors.push(node.span, Msg::names(&definition.label, outs.len(), node.outputs.len()));
        }
        Ok(outs) => {
            let weights = builtin.layer.weights(&inputs);
            let kept = builtin.extras.constraints.iter();
            let kept = kept.map(|(which, constraint)| unfit_constraint(&builtin.layer, &weights, which, constraint));
            let mut mistakes = std::iter::once(unfit(&builtin.layer, &weights, &inputs, &outs)).chain(kept);
            if let Some(mistake) = mistakes.find(|message| !message.is_empty()) {
                errors.push(node.span, mistake);
                return;
            }
            for (k, &edge) in node.outputs.iter().enumerate() {
                checked.edges[edge] = Known::Tensor(outs.get(k));
            }
        }
        Err(message) => {
            let tale = history::tale(node, &definition.label);
            let past = history::past(graph, checked);
            errors.push(node.span, message.told(tale, &inputs, &past, &node.inputs, &node.context));
        }
    }
}

/// Is the output's shape the input's, whatever the arguments? Those that only constant evaluation knows are judged there.
fn keeps_shape(layer: &Layer) -> bool {
    matches!(layer, Layer::Affine(_) | Layer::Over(_) | Layer::Dropout(_))
}

/// All uses of a shared layer need weights of the same shapes.
fn shared(graph: &Graph, first: &Node, node: &Node, checked: &mut Checked, errors: &mut Errors) {
    let (Some(a), Some(b)) = (checked.inputs(graph, first), checked.inputs(graph, node)) else { return };
    let label = &graph.layers[node.layer].label;
    let message = match (graph.builtin(first), graph.builtin(node)) {
        (Some(one), Some(other)) if one.opaque.is_empty() => {
            formwork_shape::shared(label, (&one.layer, &a), (&other.layer, &b))
        }
        (None, None) => formwork_shape::shared_custom(label, &a, &b),
        _ => return,
    };
    if !message.is_empty() {
        errors.push(node.span, message);
        for &edge in &node.outputs {
            checked.edges[edge] = Known::Poison;
        }
    }
}

pub fn leak(text: &str) -> &'static str {
    Box::leak(text.to_string().into_boxed_str())
}

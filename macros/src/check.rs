//! Running the rules: the shape of every edge that the macro can know, and every mistake that it can see.

use formwork_shape::{DYN, In, Kind, Layer, MAX_RANK, Msg, Shape, Tale, Tensor, axis, too_large};
use proc_macro2::Span;

use crate::ast::{Declared, Dimension, Source};
use crate::errors::Errors;
use crate::graph::{EdgeId, Graph, LayerKind, MaskArgument, Node};
use crate::history;
use crate::plan::is_alias;
use crate::similar::similar;

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
        zero_axis(&input.dims, &format!("input `{}`", input.name), errors);
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
    stated(graph, &checked, errors);
    declared(source, graph, &checked, errors);
    if !graph.incomplete {
        unused(source, graph, &checked, errors);
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

fn zero_axis(dims: &[Dimension], what: &str, errors: &mut Errors) {
    for dim in dims {
        if let Dimension::Fixed(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(n), .. })) = dim {
            match n.base10_parse::<u64>() {
                Err(_) if n.base10_digits().starts_with('-') => {
                    errors.push(
                        dim.span(),
                        format!("{what} has an axis of negative length\nhint: an axis that only the data knows is written `_`"),
                    );
                }
                Ok(0) => errors.push(dim.span(), format!("{what} has an axis of length 0, so it holds nothing")),
                Ok(n) if n <= u64::from(u32::MAX) => {}
                _ => errors.push(dim.span(), format!("{what} has an axis that is too long for any memory")),
            }
        }
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
        Ok(outs) if !too_large(&builtin.layer, &inputs, &outs).is_empty() => {
            errors.push(node.span, too_large(&builtin.layer, &inputs, &outs));
        }
        Ok(outs) => {
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

/// The names of axes are those of the inputs.
fn known_names(dims: &[Dimension], graph: &Graph, errors: &mut Errors) {
    for dim in dims {
        let Dimension::Named(name) = dim else { continue };
        if graph.axes.iter().any(|axis| name == axis) {
            continue;
        }
        let hint = match similar(&name.to_string(), graph.axes.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "an axis that only the data knows is written `_`, a constant in capitals".to_string(),
        };
        errors.push(name.span(), format!("no input has an axis named `{name}`\nhint: {hint}"));
    }
}

fn stated(graph: &Graph, checked: &Checked, errors: &mut Errors) {
    for (edge, definition) in graph.edges.iter().enumerate() {
        for (dims, span) in &definition.stated {
            known_names(dims, graph, errors);
            let (Some(shape), Some(input)) = (fixed(dims, &graph.axes), checked.input(graph, edge)) else { continue };
            if !shape.states(&input.shape) {
                let message = Msg::new("`").text(&definition.name).text("` is stated as ");
                let message = message.shape_of(&In { shape, ..input }).text(", but it has shape ").shape_of(&input);
                let message = message.text("\nhint: write `Shape<").axes(&input).text(">`, or change the layer");
                let past = history::past(graph, checked);
                errors.push(*span, message.told(Tale::Steps, &[input], &past, &[edge], ""));
            }
        }
    }
}

fn declared(source: &Source, graph: &Graph, checked: &Checked, errors: &mut Errors) {
    let mut compare = |name: &str, dims: &[Dimension], span: Span| {
        zero_axis(dims, &format!("output `{name}`"), errors);
        known_names(dims, graph, errors);
        let Some(output) = graph.outputs.iter().find(|output| output.name == name) else { return };
        let (Some(shape), Some(input)) = (fixed(dims, &graph.axes), checked.input(graph, output.edge)) else { return };
        if shape.states(&input.shape) {
            return;
        }
        let named = matches!(source.outputs, Declared::Several(_));
        let message = Msg::declared(if named { name } else { "" }, &In { shape, ..input }, &input);
        let past = history::past(graph, checked);
        errors.push(span, message.told(Tale::Steps, &[input], &past, &[output.edge], ""));
    };
    match &source.outputs {
        Declared::Open => undeclared(graph, checked, errors),
        Declared::Broken => {}
        Declared::One(dims, span) => compare("output", dims, *span),
        Declared::Several(outputs) => {
            for (name, dims) in outputs {
                compare(&name.to_string(), dims, name.span());
            }
        }
    }
}

/// The arrays of the outputs need a number of axes, which only the signature can give where constants decide.
fn undeclared(graph: &Graph, checked: &Checked, errors: &mut Errors) {
    for output in &graph.outputs {
        if matches!(checked.edges[output.edge], Known::Constant(_)) {
            let name = &output.name;
            let on = match custom_before(graph, output.edge) {
                Some(label) => format!("{label}, which is no built-in layer: the macro cannot look into it"),
                None => "constants that the macro cannot look into".to_string(),
            };
            errors.push(
                name.span(),
                format!(
                    "the shape of output `{name}` depends on {on}\n\
                     hint: declare it in the signature: `-> Output<..>`, or `-> Outputs<{name} = Output<..>>`"
                ),
            );
        }
    }
}

/// A user-defined layer that an edge comes from.
fn custom_before(graph: &Graph, edge: EdgeId) -> Option<&str> {
    let mut ways = vec![edge];
    let mut seen = vec![false; graph.edges.len()];
    while let Some(edge) = ways.pop() {
        let Some((node, _)) = graph.edges[edge].from.filter(|_| !std::mem::replace(&mut seen[edge], true)) else {
            continue;
        };
        let node = &graph.nodes[node];
        if let LayerKind::Custom(_) = graph.layers[node.layer].kind {
            return Some(&graph.layers[node.layer].label);
        }
        ways.extend(&node.inputs);
    }
    None
}

fn unused(source: &Source, graph: &Graph, checked: &Checked, errors: &mut Errors) {
    // Where a layer has other outputs than there are names, nobody knows which name is one too many.
    let misnamed = |k: usize| {
        matches!(checked.edges[k], Known::Poison)
            && graph.edges[k].from.is_some_and(|(node, _)| graph.nodes[node].outputs.len() > 1)
    };
    let is_unused = |k: usize| {
        !graph.edges[k].unused_ok && !graph.is_output(k) && graph.consumers(k).next().is_none() && !misnamed(k)
    };
    let unused: Vec<usize> = (0..graph.edges.len()).filter(|&k| is_unused(k)).collect();
    for edge in unused.iter().map(|&k| &graph.edges[k]) {
        match edge.from {
            None if source.inputs.len() > 1 => errors.push(
                edge.span,
                format!(
                    "input `{}` is never used\nhint: feed it to a layer, or remove it from the signature",
                    edge.name
                ),
            ),
            None => errors.push(edge.span, format!("input `{}` is never used: no layer reads it", edge.name)),
            Some((node, place)) => {
                let several = graph.nodes[node].outputs.len() > 1;
                let context = &graph.nodes[node].context;
                // Where it is unused in every round of a loop, the rounds do not matter.
                let at = format!("{:?}", edge.span);
                let once = unused.iter().filter(|&&k| format!("{:?}", graph.edges[k].span) == at).count() == 1;
                let context = if context.is_empty() || !once { String::new() } else { format!("\nin {context}") };
                let hint = match several {
                    true => format!("name it `_{}` if it is not needed", edge.name),
                    false if edge.hides => format!(
                        "`let` makes a new `{name}`, which ends with this block: write `{name} = ..;` to change the one outside",
                        name = edge.name
                    ),
                    false => "feed it to a layer, return it, or remove what computes it".to_string(),
                };
                let what = if edge.name.ends_with(')') { "the output of " } else { "" };
                if several
                    && graph.nodes[node]
                        .outputs
                        .iter()
                        .any(|&e| graph.consumers(e).next().is_some() || graph.is_output(e))
                    && place > 0
                    && edge.name == "_"
                {
                    continue;
                }
                errors.push(
                    edge.span,
                    format!("{what}`{}` is never used: it reaches no output{context}\nhint: {hint}", edge.name),
                );
            }
        }
    }
    for (k, layer) in graph.layers.iter().enumerate() {
        if matches!(layer.kind, LayerKind::Broken) || graph.nodes.iter().any(|node| node.layer == k) {
            continue;
        }
        let (span, label, form) = match layer.within {
            Some(span) => (span, "Sequential", "Sequential([..])(x)".to_string()),
            None => (layer.span, layer.label.as_str(), format!("{}(..)(x)", layer.label)),
        };
        errors.push(span, format!("this {label} is never applied\nhint: a layer is applied to a tensor: {form}"));
    }
}

pub fn leak(text: &str) -> &'static str {
    Box::leak(text.to_string().into_boxed_str())
}

//! What the user says of shapes, in the signature and after `let`, beside what the rules say.

use formwork_shape::{In, Msg, Tale};
use proc_macro2::Span;

use super::{Checked, Known, fixed};
use crate::ast::{Declared, Dimension, Source};
use crate::errors::Errors;
use crate::graph::{EdgeId, Graph, LayerKind};
use crate::history;
use crate::similar::similar;

/// An axis of no length, or of one that no memory holds.
pub(super) fn zero_axis(dims: &[Dimension], what: &str, errors: &mut Errors) {
    for dim in dims {
        if let Dimension::Fixed(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(n), .. })) = dim {
            match n.base10_parse::<u64>() {
                Err(_) if n.base10_digits().starts_with('-') => {
                    errors.push(
                        dim.span(),
                        format!("{what} has an axis of negative length\nhint: an axis that only the data knows is written `_`"),
                    );
                }
                Ok(0) => errors.push(
                    dim.span(),
                    format!(
                        "{what} has an axis of length 0, so it holds nothing\n\
                         hint: an axis that only the data knows is written `_`"
                    ),
                ),
                Ok(n) if n <= u64::from(u32::MAX) => {}
                _ => errors.push(dim.span(), format!("{what} has an axis that is too long for any memory")),
            }
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

pub(super) fn stated(graph: &Graph, checked: &Checked, errors: &mut Errors) {
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

pub(super) fn declared(source: &Source, graph: &Graph, checked: &Checked, errors: &mut Errors) {
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

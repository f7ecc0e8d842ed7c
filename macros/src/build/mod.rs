//! Unrolling what was written into a graph: names are resolved, loops and helpers run, no shape is known yet.

mod apply;
mod arguments;
mod call_arguments;
mod calls;
mod expressions;
mod functions;
mod loops;
mod operators;
mod patterns;
mod statements;
mod tensors;
mod value;

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::Ident;

use crate::ast::{Declared, Dimension, Source};
use crate::errors::Errors;
use crate::graph::{Edge, EdgeId, Graph, Output};
use value::{Kind, Value};

/// How deep helpers may call each other.
const DEPTH_LIMIT: usize = 64;
/// How many layers a model may have: a loop that never ends must not fill the memory of the compiler.
const NODE_LIMIT: usize = 20_000;

pub fn build(source: &Source, errors: &mut Errors) -> Graph {
    let mut builder = Builder {
        graph: Graph { incomplete: source.incomplete, ..Graph::default() },
        errors,
        scopes: vec![BTreeMap::new()],
        context: Vec::new(),
        steps: 0,
        stopped: false,
    };
    builder.inputs(source);
    let result = builder.block(&source.body);
    builder.outputs(source, result);
    builder.graph
}

/// The value of an argument, without its keyword.
pub fn value_of(argument: &syn::Expr) -> &syn::Expr {
    arguments::keyword(argument).1
}

struct Builder<'a> {
    graph: Graph,
    errors: &'a mut Errors,
    /// Variables, innermost scope last.
    scopes: Vec<BTreeMap<String, Value>>,
    /// The helpers and loops that are being unrolled.
    context: Vec<String>,
    /// Statements run so far.
    steps: usize,
    /// Has a limit been reached?
    stopped: bool,
}

impl Builder<'_> {
    /// A mistake that leaves a part of the model out of the graph.
    fn error(&mut self, span: Span, message: impl std::fmt::Display) {
        self.graph.incomplete = true;
        self.errors.push(span, message);
    }

    /// A mistake that takes nothing out of the graph: a wrong argument of a layer that is still applied.
    fn error_in_place(&mut self, span: Span, message: impl std::fmt::Display) {
        self.errors.push(span, message);
    }

    fn inputs(&mut self, source: &Source) {
        for input in &source.inputs {
            for dim in &input.dims {
                if let Dimension::Named(axis) = dim {
                    let axis = axis.to_string();
                    if !self.graph.axes.contains(&axis) {
                        self.graph.axes.push(axis);
                    }
                }
            }
            if self.lookup(&input.name.to_string()).is_some() {
                self.error(input.name.span(), format!("two inputs are named `{}`", input.name));
                continue;
            }
            let edge = self.edge(input.name.to_string(), input.name.span(), None);
            self.bind(&input.name, Value::new(Kind::Tensor(edge), input.name.span()));
        }
    }

    fn edge(&mut self, name: String, span: Span, from: Option<(usize, usize)>) -> EdgeId {
        let unused_ok = name.starts_with('_');
        self.graph.edges.push(Edge { name, span, from, stated: Vec::new(), unused_ok });
        self.graph.edges.len() - 1
    }

    fn bind(&mut self, name: &Ident, value: Value) {
        self.scopes.last_mut().expect("there is always one").insert(name.to_string(), value);
    }

    fn lookup(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    fn visible_names(&self) -> Vec<String> {
        self.scopes.iter().flat_map(|scope| scope.keys().cloned()).collect()
    }

    fn context(&self) -> String {
        self.context.join(", ")
    }

    /// The names of the outputs: declared ones, those of `Outputs { .. }`, or the variables.
    fn outputs(&mut self, source: &Source, result: Option<Value>) {
        let Some(result) = result else {
            if !self.graph.incomplete {
                self.error(
                    source.name.span(),
                    format!("{} returns nothing\nhint: end the body with the output tensor, without `;`", source.name),
                );
            }
            return;
        };
        let span = result.span;
        let found: Vec<(Option<Ident>, Value)> = match result.kind {
            Kind::Broken => return,
            Kind::Tuple(values) => values.into_iter().map(|value| (None, value)).collect(),
            Kind::Outputs(fields) => fields.into_iter().map(|(name, value)| (Some(name), value)).collect(),
            _ => vec![(None, result)],
        };
        match &source.outputs {
            Declared::Several(declared) => self.named_outputs(declared, found, span),
            Declared::One(_, declared) if found.len() != 1 => {
                self.error(*declared, format!("one output is declared, but the body returns {}", found.len()));
            }
            Declared::One(..) => {
                let (_, value) = found.into_iter().next().expect("there is one");
                self.output(Ident::new("output", span), value);
            }
            Declared::Open if found.len() == 1 && found[0].0.is_none() => {
                let (_, value) = found.into_iter().next().expect("there is one");
                self.output(Ident::new("output", span), value);
            }
            Declared::Open => {
                for (name, value) in found {
                    let name = name.or_else(|| self.variable_name(&value));
                    match name {
                        Some(name) => self.output(name, value),
                        None => self.error(
                            value.span,
                            "this output has no name\nhint: bind it with `let`, or end the body with `Outputs { name: .. }`",
                        ),
                    }
                }
            }
        }
    }

    fn variable_name(&self, value: &Value) -> Option<Ident> {
        match value.kind {
            Kind::Tensor(edge) => syn::parse_str::<Ident>(&self.graph.edges[edge].name)
                .ok()
                .map(|name| Ident::new(&name.to_string(), value.span)),
            _ => None,
        }
    }

    fn named_outputs(&mut self, declared: &[(Ident, Vec<Dimension>)], found: Vec<(Option<Ident>, Value)>, span: Span) {
        let named = found.iter().all(|(name, _)| name.is_some());
        if !named {
            if found.len() != declared.len() {
                let names: Vec<String> = declared.iter().map(|(name, _)| format!("`{name}`")).collect();
                self.error(
                    span,
                    format!(
                        "{} outputs are declared ({}), but the body returns {}",
                        declared.len(),
                        names.join(", "),
                        found.len()
                    ),
                );
                return;
            }
            for ((name, _), (_, value)) in declared.iter().zip(found) {
                self.output(name.clone(), value);
            }
            return;
        }
        let names: Vec<String> = declared.iter().map(|(name, _)| name.to_string()).collect();
        for (name, _) in &found {
            let name = name.as_ref().expect("all are named");
            if !names.contains(&name.to_string()) {
                let hint = match crate::similar::similar(&name.to_string(), names.iter().map(String::as_str)) {
                    Some(near) => format!("\nhint: did you mean `{near}`?"),
                    None => format!("\nhint: the declared outputs are {}", names.join(", ")),
                };
                self.error(name.span(), format!("no output `{name}` is declared{hint}"));
            }
        }
        for (name, _) in declared {
            match found.iter().find(|(other, _)| other.as_ref() == Some(name)) {
                Some((found_name, value)) => {
                    let span = found_name.as_ref().map_or(value.span, Ident::span);
                    self.output(Ident::new(&name.to_string(), span), value.clone());
                }
                None => self.error(span, format!("output `{name}` is declared, but the body does not return it")),
            }
        }
    }

    fn output(&mut self, name: Ident, value: Value) {
        match value.kind {
            Kind::Tensor(edge) => {
                if self.graph.edges[edge].from.is_none() {
                    self.error(
                        value.span,
                        format!("output `{name}` is the input itself: a model needs at least one layer between them"),
                    );
                } else if let Some(other) = self.graph.outputs.iter().find(|output| output.edge == edge) {
                    let other = other.name.clone();
                    self.error(value.span, format!("outputs `{other}` and `{name}` are the same tensor"));
                } else {
                    self.graph.outputs.push(Output { name, edge, mask: None });
                }
            }
            Kind::Broken => {}
            other => {
                let what = other.describe();
                self.error(value.span, format!("output `{name}` must be a tensor, but this is {what}"));
            }
        }
    }
}

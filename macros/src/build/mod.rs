//! Unrolling what was written into a graph: names are resolved, loops and helpers run, no shape is known yet.

mod apply;
mod arguments;
mod call_arguments;
mod calls;
mod custom;
mod elsewhere;
mod expressions;
mod extras;
mod functions;
mod loops;
mod methods;
mod names;
mod numbers;
mod operators;
mod outputs;
mod patterns;
mod statements;
mod tensors;
mod value;
mod wrappers;
mod wrong_arguments;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::Ident;

use crate::ast::{Dimension, Source};
use crate::errors::Errors;
use crate::graph::{Edge, EdgeId, Graph, LayerId};
use crate::names::plain;
use value::{Kind, Value};

/// How deep helpers may call each other.
const DEPTH_LIMIT: usize = 64;
/// How many layers a model may have: a loop that never ends must not fill the memory of the compiler.
const NODE_LIMIT: usize = 20_000;

pub fn build(source: &Source, errors: &mut Errors) -> Graph {
    let mut builder = Builder {
        graph: Graph { incomplete: source.incomplete, ..Graph::default() },
        model: source.name.to_string(),
        errors,
        scopes: vec![BTreeMap::new()],
        context: Vec::new(),
        helpers: 0,
        steps: 0,
        stopped: false,
        names: names::all(source),
        followers: BTreeMap::new(),
    };
    builder.inputs(source);
    let result = builder.block(&source.body);
    builder.outputs(source, result);
    builder.graph.in_order_of_use();
    builder.graph
}

/// The value of an argument, without its keyword.
pub fn value_of(argument: &syn::Expr) -> &syn::Expr {
    arguments::keyword(argument).1
}

struct Builder<'a> {
    graph: Graph,
    /// The model's own name.
    model: String,
    errors: &'a mut Errors,
    /// Variables, innermost scope last.
    scopes: Vec<BTreeMap<String, Value>>,
    /// The helpers and loops that are being unrolled.
    context: Vec<String>,
    /// How many helpers are being unrolled.
    helpers: usize,
    /// Statements run so far.
    steps: usize,
    /// Has a limit been reached?
    stopped: bool,
    /// Every name that some `let` gives, wherever it stands.
    names: BTreeSet<String>,
    /// The layers that follow a layer because its arguments say so.
    followers: BTreeMap<LayerId, std::ops::Range<LayerId>>,
}

impl Builder<'_> {
    /// A mistake that leaves a part of the model out of the graph.
    fn error(&mut self, span: Span, message: impl std::fmt::Display) {
        self.graph.incomplete = true;
        self.errors.push(span, message);
    }

    /// The value of what cannot be meant, which is reported.
    fn refuse(&mut self, span: Span, message: impl std::fmt::Display) -> Value {
        self.error(span, message);
        Value::broken(span)
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
                self.error(
                    input.name.span(),
                    format!("two inputs are named `{}`\nhint: give each a name of its own", input.name),
                );
                continue;
            }
            let edge = self.edge(plain(&input.name), input.name.span(), None);
            self.bind(&input.name, Value::new(Kind::Tensor(edge), input.name.span()));
        }
        for name in &source.lost {
            self.bind(name, Value::broken(name.span()));
        }
    }

    fn edge(&mut self, name: String, span: Span, from: Option<(usize, usize)>) -> EdgeId {
        let unused_ok = name.starts_with('_');
        self.graph.edges.push(Edge { name, span, from, stated: Vec::new(), unused_ok, hides: false });
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
}

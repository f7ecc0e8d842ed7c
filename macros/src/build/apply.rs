//! Applying layers to tensors.

use proc_macro2::Span;
use syn::{Ident, Pat};

use super::call_arguments::Call;
use super::value::{Kind, Value};
use super::{Builder, patterns};
use crate::graph::{EdgeId, LayerKind, MaskArgument, Node};

/// Is it written as a function of tensors, `sum(x)`, not as a layer?
pub(super) fn is_function(label: &str) -> bool {
    label.starts_with(|c: char| c.is_lowercase())
}

impl Builder<'_> {
    /// Applies a layer or a `Sequential` to inputs; `pattern` names the outputs.
    pub(super) fn apply(&mut self, callee: Value, inputs: Call, span: Span, pattern: Option<&Pat>) -> Value {
        match callee.kind {
            Kind::Layer(layer) => {
                let (tensors, keywords) = inputs.into_parts();
                let edges = self.tensors(tensors);
                let Some(mut edges) = edges else { return Value::broken(span) };
                if edges.is_empty() {
                    let label = &self.graph.layers[layer].label;
                    let form = if is_function(label) { format!("{label}(x)") } else { format!("{label}(..)(x)") };
                    let message = format!("{label} is applied to nothing\nhint: name the tensor it reads: {form}");
                    self.error(span, message);
                    return Value::broken(span);
                }
                let Some(mask) = self.call_arguments(layer, keywords, &mut edges) else { return Value::broken(span) };
                self.apply_layer(layer, edges, mask, span, pattern)
            }
            Kind::Chain(layers) => self.apply_chain(layers, inputs, span, pattern),
            _ => Value::broken(span),
        }
    }

    fn apply_chain(&mut self, layers: Vec<Value>, inputs: Call, span: Span, pattern: Option<&Pat>) -> Value {
        let count = layers.len();
        let mut current = inputs;
        for (k, layer) in layers.into_iter().enumerate() {
            let last = k + 1 == count;
            let at = layer.span;
            let value = self.apply(layer, current, at, if last { pattern } else { None });
            if value.is_broken() {
                return Value::broken(span);
            }
            current = match value.kind {
                Kind::Tuple(values) if !last => values.into(),
                _ => vec![value].into(),
            };
        }
        current.tensors.into_iter().next().unwrap_or_else(|| Value::broken(span))
    }

    /// Inputs as edges; a list or a tuple of tensors counts as its tensors. `None` after a mistake.
    pub(super) fn tensors(&mut self, values: Vec<Value>) -> Option<Vec<EdgeId>> {
        let mut edges = Vec::new();
        let mut broken = false;
        for value in values {
            match value.kind {
                Kind::Tensor(edge) => edges.push(edge),
                Kind::Tuple(values) | Kind::List(values) => match self.tensors(values) {
                    Some(inner) => edges.extend(inner),
                    None => broken = true,
                },
                Kind::Broken => broken = true,
                // What is wrong with it has been said.
                Kind::Layer(layer) if matches!(self.graph.layers[layer].kind, LayerKind::Broken) => {
                    self.graph.incomplete = true;
                    broken = true;
                }
                Kind::Word(name) => {
                    self.unknown_tensor(&name);
                    broken = true;
                }
                other => {
                    let (what, hint) = (other.describe(), other.hint());
                    self.error(value.span, format!("expected a tensor, but this is {what}{hint}"));
                    broken = true;
                }
            }
        }
        (!broken).then_some(edges)
    }

    pub(super) fn unknown_tensor(&mut self, name: &Ident) {
        let names = self.visible_names();
        let elsewhere = self.names.contains(&name.to_string());
        let hint = match crate::similar::similar(&name.to_string(), names.iter().map(String::as_str)) {
            _ if elsewhere && self.helpers > 0 => {
                format!("a helper sees its own parameters only: hand `{name}` over as one")
            }
            _ if elsewhere => {
                format!("`{name}` gets its value further down or in another block: a tensor is made before it is used")
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => "a tensor is an input of the model or a `let` above this line".to_string(),
        };
        self.error(name.span(), format!("no tensor named `{name}` here\nhint: {hint}"));
    }

    /// Adds a node; its outputs are named by the pattern, or after the layer.
    pub(super) fn apply_layer(
        &mut self,
        layer: usize,
        inputs: Vec<EdgeId>,
        mask: MaskArgument,
        span: Span,
        pattern: Option<&Pat>,
    ) -> Value {
        let label = self.graph.layers[layer].label.clone();
        let mut names = pattern.map(patterns::names).unwrap_or_default();
        let many = matches!(pattern, Some(Pat::Tuple(_)));
        if !many {
            names.truncate(1);
        }
        if names.is_empty() || (!many && names[0].0 == "_") {
            names = vec![(format!("{label}()"), span)];
        }
        if let (Some(Pat::Ident(name)), definition) = (pattern, &mut self.graph.layers[layer]) {
            definition.given_name.get_or_insert_with(|| name.ident.clone());
        }
        let node = self.graph.nodes.len();
        let outputs: Vec<EdgeId> =
            names.into_iter().enumerate().map(|(k, (name, span))| self.edge(name, span, Some((node, k)))).collect();
        self.graph.nodes.push(Node { layer, inputs, outputs: outputs.clone(), span, context: self.context(), mask });
        let tensors: Vec<Value> = outputs.into_iter().map(|edge| Value::new(Kind::Tensor(edge), span)).collect();
        match many {
            true => Value::new(Kind::Tuple(tensors), span),
            false => tensors.into_iter().next().expect("a layer has an output"),
        }
    }
}

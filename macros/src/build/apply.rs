//! Applying layers to tensors.

use proc_macro2::Span;
use syn::{Ident, Pat};

use super::call_arguments::{Call, CallSettings};
use super::value::{Kind, Value};
use super::{Builder, patterns};
use crate::graph::{Builtin, EdgeId, LayerId, LayerKind, Node};
use formwork_shape::{Layer, Regularizer, layers};

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
                if edges.is_empty() && !keywords.iter().any(|(name, _)| name == "query") {
                    let label = &self.graph.layers[layer].label;
                    let form = if is_function(label) { format!("{label}(x)") } else { format!("{label}(..)(x)") };
                    let message = format!("{label} is applied to nothing\nhint: name the tensor it reads: {form}");
                    return self.refuse(span, message);
                }
                let Some(given) = self.call_arguments(layer, keywords, &mut edges) else { return Value::broken(span) };
                self.apply_layer(layer, edges, given, span, pattern)
            }
            Kind::Chain(layers) => self.apply_chain(layers, inputs, span, pattern),
            _ => unreachable!("only layers and chains of them are applied"),
        }
    }

    fn apply_chain(&mut self, layers: Vec<Value>, inputs: Call, span: Span, pattern: Option<&Pat>) -> Value {
        let count = layers.len();
        // Every layer of the chain is told, the first one with what else the call gives.
        let training = inputs.training();
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
            if !last {
                current = current.with(training.clone());
            }
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
                    let what = other.describe();
                    let hint = self
                        .tensor_like(&other)
                        .map_or(other.hint().to_string(), |near| format!("\nhint: did you mean `{near}`?"));
                    self.error(value.span, format!("expected a tensor, but this is {what}{hint}"));
                    broken = true;
                }
            }
        }
        (!broken).then_some(edges)
    }

    /// A tensor whose name differs from that of a constant by capital letters.
    fn tensor_like(&self, value: &Kind) -> Option<String> {
        let Kind::Opaque(tokens) = value else { return None };
        let name = tokens.to_string().to_lowercase();
        self.lookup(&name).filter(|found| matches!(found.kind, Kind::Tensor(_))).map(|_| name)
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
        layer: LayerId,
        inputs: Vec<EdgeId>,
        given: CallSettings,
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
        let (CallSettings { mask, attends, variant, training }, context) = (given, self.context());
        let node = Node { layer, inputs, outputs: outputs.clone(), span, context, mask, attends, variant, training };
        self.graph.nodes.push(node);
        let outputs = self.followed(layer, outputs, span);
        let tensors: Vec<Value> = outputs.into_iter().map(|edge| Value::new(Kind::Tensor(edge), span)).collect();
        match many {
            true => Value::new(Kind::Tuple(tensors), span),
            false => tensors.into_iter().next().expect("a layer has an output"),
        }
    }

    /// Outputs whose layer has an activation with arguments or an `activity_regularizer` go through one more layer for each,
    /// which all uses of a shared layer share.
    fn followed(&mut self, layer: LayerId, outputs: Vec<EdgeId>, span: Span) -> Vec<EdgeId> {
        let LayerKind::Builtin(Builtin { extras, .. }) = &self.graph.layers[layer].kind else { return outputs };
        if extras.then.is_none() && extras.activity.is_none() {
            return outputs;
        }
        let penalty = match extras.activity {
            Some(Regularizer::L1L2 { l1, l2 }) => Some(Layer::from(layers::ActivityRegularization { l1, l2 }).into()),
            _ => None,
        };
        let next: Vec<Builtin> = extras.then.as_deref().cloned().into_iter().chain(penalty).collect();
        let followers = match self.followers.get(&layer) {
            Some(followers) => followers.clone(),
            None => {
                let first = self.graph.layers.len();
                for builtin in next {
                    let label = builtin.layer.name();
                    self.graph.add_layer(builtin, label, span);
                }
                self.followers.insert(layer, first..self.graph.layers.len());
                first..self.graph.layers.len()
            }
        };
        followers
            .fold(outputs, |outputs, layer| outputs.into_iter().map(|input| self.follow(layer, input, span)).collect())
    }

    /// Applies `layer` to an edge; the result has the edge's name.
    fn follow(&mut self, layer: LayerId, input: EdgeId, span: Span) -> EdgeId {
        let output = self.edge(self.graph.edges[input].name.clone(), span, Some((self.graph.nodes.len(), 0)));
        let context = self.context();
        self.graph.nodes.push(Node { context, ..Node::new(layer, vec![input], vec![output], span) });
        output
    }
}

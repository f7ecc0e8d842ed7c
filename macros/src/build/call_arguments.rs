//! What a call gives besides the tensors: `LSTM(4)(x, mask = m, initial_state = (h, c))`.

use formwork_shape::Arg;
use syn::Ident;

use super::Builder;
use super::arguments::{Arguments, keyword};
use super::value::{Kind, Value};
use crate::graph::{EdgeId, LayerId, LayerKind, MaskArgument};
use crate::similar::similar;

/// Settings of a layer that Keras takes at the call.
const SETTINGS: [&str; 2] = ["use_causal_mask", "return_attention_scores"];

/// The parentheses after a layer.
pub(super) struct Call {
    pub tensors: Vec<Value>,
    keywords: Vec<(Ident, Value)>,
}

impl From<Vec<Value>> for Call {
    fn from(tensors: Vec<Value>) -> Call {
        Call { tensors, keywords: Vec::new() }
    }
}

impl Builder<'_> {
    pub(super) fn inputs_of(&mut self, arguments: &Arguments) -> Call {
        let mut call = Call::from(Vec::new());
        for argument in arguments {
            match keyword(argument) {
                (Some(name), expr) => {
                    let value = self.expression(expr, None);
                    call.keywords.push((name.clone(), value));
                }
                (None, expr) => {
                    let value = self.expression(expr, None);
                    call.tensors.push(value);
                }
            }
        }
        call
    }

    /// Takes the keywords of a call: tensors are added to `inputs`. `None` after a mistake.
    pub(super) fn call_arguments(
        &mut self,
        layer: LayerId,
        call: Vec<(Ident, Value)>,
        inputs: &mut Vec<EdgeId>,
    ) -> Option<MaskArgument> {
        let mut mask = MaskArgument::Follows;
        let mut complete = true;
        let mut seen: Vec<Ident> = Vec::new();
        for (name, value) in call {
            if seen.contains(&name) {
                let label = &self.graph.layers[layer].label;
                let message = format!("call argument `{name}` of {label} is given twice");
                self.error(name.span(), message);
                complete = false;
                continue;
            }
            seen.push(name.clone());
            if name == "mask" {
                match self.mask(value) {
                    Some(given) => mask = given,
                    None => complete = false,
                }
            } else if SETTINGS.iter().any(|setting| name == setting) && self.set_at_call(layer, &name, &value) {
                // It is part of the layer now.
            } else if SETTINGS.iter().any(|setting| name == setting) && self.has_setting(layer, &name) {
                let message = match value.kind {
                    Kind::Bool(_) => format!(
                        "`{name}` decides what the layer is, so it must be the same at every call\nhint: give it where the layer is made"
                    ),
                    other => format!("`{name}` must be true or false, but this is {}", other.describe()),
                };
                self.error(value.span, message);
                complete = false;
            } else if self.takes(layer, &name) {
                match self.tensors(vec![value]) {
                    Some(edges) => inputs.extend(edges),
                    None => complete = false,
                }
            } else {
                self.unknown_call_argument(layer, &name);
                complete = false;
            }
        }
        complete.then_some(mask)
    }

    /// Sets an argument of a layer that is used for the first time.
    fn set_at_call(&mut self, layer: LayerId, name: &Ident, value: &Value) -> bool {
        let used = self.graph.nodes.iter().any(|node| node.layer == layer);
        let LayerKind::Builtin(builtin) = &mut self.graph.layers[layer].kind else { return false };
        let index = builtin.layer.fields().iter().position(|field| name == field.name);
        match (index, &value.kind) {
            (Some(index), Kind::Bool(flag)) if !used => builtin.layer.set(index, &Arg::Bool(*flag)),
            _ => false,
        }
    }

    fn has_setting(&self, layer: LayerId, name: &Ident) -> bool {
        self.graph.settings(layer).iter().any(|setting| name == setting)
    }

    fn takes(&self, layer: LayerId, name: &Ident) -> bool {
        self.graph.call_tensors(layer).iter().any(|known| name == known)
    }

    /// `mask = m`, or `mask = None` to leave the mask behind.
    fn mask(&mut self, value: Value) -> Option<MaskArgument> {
        let span = value.span;
        match value.kind {
            Kind::Word(word) if word == "None" => Some(MaskArgument::Dropped),
            Kind::Broken => None,
            Kind::Tensor(edge) => Some(MaskArgument::Given(edge, span)),
            other => {
                let what = other.describe();
                self.error(
                    span,
                    format!("a mask is a tensor with a bool for each step, but this is {what}\nhint: declare it as an input: `m: Input<time, bool>`; `mask = None` stands for no mask"),
                );
                None
            }
        }
    }

    fn unknown_call_argument(&mut self, layer: LayerId, name: &Ident) {
        let label = self.graph.layers[layer].label.clone();
        let word = name.to_string();
        let known = self.graph.call_tensors(layer).iter().copied().chain(["mask"]);
        let settings = self.graph.settings(layer);
        let hint = match similar(&word, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if word == "training" => {
                "`fit` runs the model in training, `predict` and `evaluate` at inference".to_string()
            }
            None if settings.contains(&word.as_str()) => {
                format!("it is a setting of the layer: {label}({word} = ..)(x)")
            }
            None => format!("after its tensors {label} takes {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.error(name.span(), format!("{label} has no call argument `{word}`\nhint: {hint}"));
    }
}

impl Call {
    pub(super) fn into_parts(self) -> (Vec<Value>, Vec<(Ident, Value)>) {
        (self.tensors, self.keywords)
    }
}

//! What a call gives besides the tensors: `LSTM(4)(x, mask = m, initial_state = (h, c))`.

use formwork_shape::Arg;
use quote::format_ident;
use syn::Ident;

use super::Builder;
use super::arguments::{Arguments, keyword};
use super::value::{Kind, Value};
use crate::graph::{Builtin, EdgeId, LayerId, LayerKind, MaskArgument};
use crate::similar::similar;

/// Settings of a layer that Keras takes at the call.
const SETTINGS: [&str; 2] = ["use_causal_mask", "return_attention_scores"];

/// The tensors of an attention layer that may be given by name, in their order.
const QUERIED: [&str; 3] = ["query", "value", "key"];

/// The masks of an attention layer, in their order.
const ATTENDED: [&str; 4] = ["query_mask", "value_mask", "key_mask", "attention_mask"];

/// What a call says besides its tensors.
#[derive(Default)]
pub(super) struct CallSettings {
    pub mask: MaskArgument,
    pub attends: [MaskArgument; 4],
    pub variant: Option<Builtin>,
    pub training: Option<bool>,
}

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
                // Keras' name for what all layers read.
                (Some(name), expr) if name == "inputs" && call.tensors.is_empty() => {
                    let value = self.expression(expr, None);
                    call.tensors.push(value);
                }
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
        keywords: Vec<(Ident, Value)>,
        inputs: &mut Vec<EdgeId>,
    ) -> Option<CallSettings> {
        let mut given = CallSettings::default();
        let mut complete = true;
        let mut queried: [Option<(Ident, EdgeId)>; 3] = [None, None, None];
        let mut seen: Vec<Ident> = Vec::new();
        for (name, value) in keywords {
            if seen.contains(&name) {
                let label = &self.graph.layers[layer].label;
                let message = format!("call argument `{name}` of {label} is given twice");
                self.error(name.span(), message);
                complete = false;
                continue;
            }
            seen.push(name.clone());
            let tensor_of_attention =
                QUERIED.iter().position(|known| name == known).filter(|_| self.takes(layer, &name));
            complete &= match tensor_of_attention {
                Some(place) => match self.tensors(vec![value]).as_deref() {
                    Some(&[edge]) => {
                        queried[place] = Some((name, edge));
                        true
                    }
                    _ => false,
                },
                None => self.call_argument(layer, &name, value, &mut given, inputs),
            };
        }
        complete &= self.queried(layer, queried, inputs);
        complete.then_some(given)
    }

    /// Takes one keyword of a call; false after a mistake.
    fn call_argument(
        &mut self,
        layer: LayerId,
        name: &Ident,
        value: Value,
        given: &mut CallSettings,
        inputs: &mut Vec<EdgeId>,
    ) -> bool {
        let word = name.to_string();
        let mask_of_attention = ATTENDED.iter().position(|known| *known == word).filter(|_| self.takes(layer, name));
        if SETTINGS.contains(&word.as_str()) && self.graph.settings(layer).contains(&word.as_str()) {
            return self.set_at_call(layer, name, &value, &mut given.variant);
        }
        if word == "mask" && self.takes(layer, &format_ident!("query_mask")) {
            return self.masks_of_attention(layer, value, &mut given.attends);
        }
        if word == "training" {
            self.training(layer, &value).map(|training| given.training = training).is_some()
        } else if word == "mask" {
            self.mask(value).map(|mask| given.mask = mask).is_some()
        } else if let Some(place) = mask_of_attention {
            self.mask(value).map(|mask| given.attends[place] = mask).is_some()
        } else if self.takes(layer, name) {
            self.tensors(vec![value]).map(|edges| inputs.extend(edges)).is_some()
        } else {
            self.unknown_call_argument(layer, name);
            false
        }
    }

    /// Puts the tensors of an attention layer that are given by name behind those that are given by place; false after a
    /// mistake.
    fn queried(&mut self, layer: LayerId, named: [Option<(Ident, EdgeId)>; 3], inputs: &mut Vec<EdgeId>) -> bool {
        let mut complete = true;
        for (place, (name, edge)) in named.into_iter().enumerate().filter_map(|(k, given)| Some((k, given?))) {
            if inputs.len() == place {
                inputs.push(edge);
                continue;
            }
            let label = &self.graph.layers[layer].label;
            let message = match inputs.len() > place {
                true => format!(
                    "`{name}` of {label} is given twice: by its place and by its name\nhint: its tensors are query, value, key"
                ),
                false => format!("{label} is given `{name}`, but no value\nhint: write (query, value, {name} = ..)"),
            };
            self.error(name.span(), message);
            complete = false;
        }
        complete
    }

    /// A setting of this use of the layer.
    fn set_at_call(&mut self, layer: LayerId, name: &Ident, value: &Value, variant: &mut Option<Builtin>) -> bool {
        // Its mistake has been reported.
        let LayerKind::Builtin(own) = &self.graph.layers[layer].kind else { return false };
        let builtin = variant.get_or_insert_with(|| own.clone());
        let index = builtin.layer.fields().iter().position(|field| name == field.name);
        match (index, &value.kind) {
            (Some(index), Kind::Bool(flag)) if builtin.layer.set(index, &Arg::Bool(*flag)) => true,
            (_, Kind::Broken) => false,
            (_, kind) => {
                let label = self.graph.layers[layer].label.clone();
                let what = kind.describe();
                self.error(
                    value.span,
                    format!("argument `{name}` of {label} must be true or false, but this is {what}"),
                );
                false
            }
        }
    }

    /// `training = false`: this use of the layer does what it does at inference. `None` is what the model does, as in Keras.
    #[expect(clippy::option_option, reason = "the outer one is for a mistake")]
    fn training(&mut self, layer: LayerId, value: &Value) -> Option<Option<bool>> {
        let label = self.graph.layers[layer].label.clone();
        match &value.kind {
            Kind::Broken => None,
            _ if value.is_none() => Some(None),
            Kind::Bool(training) => Some(Some(*training)),
            kind => {
                let what = kind.describe();
                let message = format!("argument `training` of {label} must be true or false, but this is {what}");
                self.error(value.span, message);
                None
            }
        }
    }

    /// `mask = [query_mask, value_mask]`, either of which may be `None`; `mask = None` leaves all masks behind.
    fn masks_of_attention(&mut self, layer: LayerId, value: Value, attends: &mut [MaskArgument; 4]) -> bool {
        let span = value.span;
        match value.kind {
            _ if value.is_none() => {
                attends.fill(MaskArgument::Dropped);
                true
            }
            Kind::Broken => false,
            Kind::List(masks) | Kind::Tuple(masks) if masks.len() == 2 || masks.len() == 3 => {
                let mut complete = true;
                for (place, mask) in attends.iter_mut().zip(masks) {
                    match self.mask(mask) {
                        Some(given) => *place = given,
                        None => complete = false,
                    }
                }
                complete
            }
            _ => {
                let label = self.graph.layers[layer].label.clone();
                self.error(
                    span,
                    format!(
                        "{label} takes the masks of query and value, not one mask\n\
                         hint: write mask = [query_mask, value_mask], with None for one that there is not"
                    ),
                );
                false
            }
        }
    }

    fn takes(&self, layer: LayerId, name: &Ident) -> bool {
        self.graph.call_tensors(layer).iter().any(|known| name == known)
    }

    /// `mask = m`, or `mask = None` to leave the mask behind.
    fn mask(&mut self, value: Value) -> Option<MaskArgument> {
        let span = value.span;
        match value.kind {
            _ if value.is_none() => Some(MaskArgument::Dropped),
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
        let settings = self.graph.settings(layer);
        let set = SETTINGS.into_iter().filter(|setting| settings.contains(setting));
        let known = self.graph.call_tensors(layer).iter().copied().chain(["mask", "training"]).chain(set);
        let hint = match similar(&word, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if settings.contains(&word.as_str()) => {
                format!("it is a setting of the layer: {label}({word} = ..)(x)")
            }
            None => format!("after its tensors {label} takes {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.error(name.span(), format!("{label} has no call argument `{word}`\nhint: {hint}"));
    }
}

impl Call {
    /// `training = ..`, if it is given.
    pub(super) fn training(&self) -> Option<(Ident, Value)> {
        self.keywords.iter().find(|(name, _)| name == "training").cloned()
    }

    /// These arguments, and one more.
    pub(super) fn with(mut self, keyword: Option<(Ident, Value)>) -> Call {
        self.keywords.extend(keyword);
        self
    }

    pub(super) fn into_parts(self) -> (Vec<Value>, Vec<(Ident, Value)>) {
        (self.tensors, self.keywords)
    }
}

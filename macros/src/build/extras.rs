//! Keywords that any layer takes: `trainable = false`, `kernel_regularizer = L2(1e-4)`, `bias_constraint = NonNeg()`.

use formwork_shape::{Activation, Argument, Constraint, FUNCTIONS, Field, Initializer, Layer, Regularizer};
use syn::spanned::Spanned;
use syn::{Expr, Ident};

use super::Builder;
use super::arguments::{Given, keyword, to_arg};
use super::value::{Kind, Value};
use crate::graph::{Extras, LayerKind};
use crate::similar::similar;

impl Builder<'_> {
    /// Takes what `argument` says if it is such a keyword: `None` if it is not, false after a mistake.
    pub(super) fn take_extra(
        &mut self,
        extras: &mut Extras,
        (name, fields): (&str, &[Field]),
        argument: &Given,
    ) -> Option<bool> {
        let keyword = argument.keyword.as_ref()?;
        let word = keyword.to_string();
        let value = &argument.value;
        if word == "trainable" {
            return Some(match value.kind {
                Kind::Bool(trainable) => {
                    extras.frozen = !trainable;
                    true
                }
                Kind::Broken => false,
                _ => self.no_extra(name, keyword, value, "true or false", &[]),
            });
        }
        if fields.iter().any(|field| field.name == word) {
            return None;
        }
        if word == "activity_regularizer" {
            return Some(match self.read_extra::<Regularizer>(name, keyword, value)? {
                Some(Regularizer::Orthogonal { .. }) => {
                    let want = "a sum over single values: L1(..), L2(..) or L1L2(..)";
                    self.no_extra(name, keyword, value, want, &[])
                }
                Some(regularizer) => {
                    extras.activity = Some(regularizer);
                    true
                }
                None => value.is_none() || value.is_broken(),
            });
        }
        let weight = |suffix: &str| {
            let which = word.strip_suffix(suffix)?;
            let field = fields.iter().find(|field| field.name.strip_suffix("_initializer") == Some(which))?;
            field.name.strip_suffix("_initializer").filter(|which| !which.starts_with("moving_"))
        };
        if let Some(which) = weight("_regularizer") {
            let read = self.read_extra::<Regularizer>(name, keyword, value)?;
            extras.regularizers.extend(read.map(|read| (which, read)));
            return Some(read.is_some() || value.is_none());
        }
        if let Some(which) = weight("_constraint") {
            let read = self.read_extra::<Constraint>(name, keyword, value)?;
            extras.constraints.extend(read.map(|read| (which, read)));
            return Some(read.is_some() || value.is_none());
        }
        None
    }

    /// Notes the seed of an initializer: `kernel_initializer = HeNormal(seed = 1)`. False after a mistake.
    pub(super) fn take_seed(&mut self, extras: &mut Extras, field: &Field, value: &Value) -> bool {
        let (Some(which), Kind::Setting(name, arguments)) = (field.name.strip_suffix("_initializer"), &value.kind)
        else {
            return true;
        };
        let call = Initializer::CALLS.iter().find(|call| call.name == name);
        let by_place = call.and_then(|call| call.parameters.iter().position(|(name, _)| *name == "seed"));
        let seed = arguments.iter().enumerate().find(|(place, (keyword, _))| match keyword {
            Some(word) => word == "seed",
            None => Some(*place) == by_place,
        });
        match seed {
            Some((_, (_, seed))) if !seed.is_none() => match seed.kind {
                Kind::Int(seed) if seed >= 0 => extras.seeds.push((which, seed as u64)),
                _ => {
                    self.error_in_place(seed.span, "the seed of an initializer is a whole number such as 1");
                    return false;
                }
            },
            _ => {}
        }
        true
    }

    /// `activation = leaky_relu(negative_slope = 0.1)` or `activation = glu` as the layer that computes it.
    pub(super) fn activation_layer(&mut self, expr: &Expr) -> Option<Value> {
        let (function, arguments) = match expr {
            Expr::Call(call) => (&*call.func, Some(&call.args)),
            other => (other, None),
        };
        let Expr::Path(path) = function else { return None };
        let name = path.path.get_ident()?.to_string();
        let (_, layer) = FUNCTIONS.iter().find(|(function, layer)| *function == name && is_activation(layer))?;
        if arguments.is_none() && (Activation::WORDS.contains(&&*name) || self.lookup(&name).is_some()) {
            return None;
        }
        let mut settings = Vec::new();
        for argument in arguments.into_iter().flatten() {
            let (keyword, expr) = keyword(argument);
            settings.push(Given { value: self.setting(expr), keyword: keyword.cloned() });
        }
        let span = function.span();
        let kind = self.builtin(*layer, &name, &settings, span);
        Some(Value::new(Kind::Layer(self.graph.add_layer(kind, &name, span)), span))
    }

    /// Takes an activation that is a layer, `activation = LeakyReLU(0.1)`: it follows the layer `host`.
    pub(super) fn take_activation(&mut self, extras: &mut Extras, host: &Layer, value: &Value) -> bool {
        let Kind::Layer(id) = value.kind else { return false };
        let definition = &self.graph.layers[id];
        let inside = id + 1 == self.graph.layers.len() && definition.given_name.is_none();
        let name = host.name();
        match &definition.kind {
            LayerKind::Broken => {
                self.graph.layers.truncate(if inside { id } else { self.graph.layers.len() });
                false
            }
            LayerKind::Builtin(builtin) if inside && is_activation(&builtin.layer) => {
                if is_recurrent(host) {
                    self.graph.layers.pop();
                    let message = format!(
                        "the activation of {name} is applied at every step, so it cannot be a layer\n\
                         hint: use a word such as tanh, relu or leaky_relu"
                    );
                    self.error_in_place(value.span, message);
                    return false;
                }
                extras.then = Some(Box::new(builtin.clone()));
                self.graph.layers.pop();
                true
            }
            _ => {
                let label = definition.label.clone();
                self.graph.layers[id].kind = LayerKind::Broken;
                let message = format!(
                    "argument `activation` of {name} must be an activation\n\
                     hint: {label} is a layer: apply it on a line of its own, {label}(..)(x)"
                );
                self.error_in_place(value.span, message);
                false
            }
        }
    }

    /// The value of a keyword; `Some(None)` for the word `None` and after a mistake.
    #[expect(clippy::option_option, reason = "the outer one is for `?`: a keyword has been taken whatever its value")]
    fn read_extra<A: Argument>(&mut self, name: &str, keyword: &Ident, value: &Value) -> Option<Option<A>> {
        if value.is_broken() || value.is_none() {
            return Some(None);
        }
        let read = to_arg(value).and_then(|arg| A::read(&arg));
        if read.is_none() && !self.wrong_call::<A>(value) {
            self.no_extra(name, keyword, value, A::WANT, A::WORDS);
        }
        Some(read)
    }

    fn no_extra(&mut self, name: &str, keyword: &Ident, value: &Value, want: &str, words: &[&str]) -> bool {
        let known = |word: &&&str| !word.contains('(');
        let hint = match &value.kind {
            Kind::Word(word) => similar(&word.to_string(), words.iter().filter(known).copied())
                .map(|near| format!("\nhint: did you mean `{near}`?")),
            Kind::Opaque(constant) => {
                let constant = constant.to_string();
                Some(match words.iter().find(|word| word.split_once('(').is_some_and(|(name, _)| name == constant)) {
                    Some(word) => format!("\nhint: write {word}"),
                    None => "\nhint: write its numbers out, or declare the `const` inside the model".to_string(),
                })
            }
            _ => None,
        };
        let list = || if words.is_empty() { String::new() } else { format!(": one of {}", words.join(", ")) };
        let hint = hint.unwrap_or_else(list);
        self.error_in_place(value.span, format!("argument `{keyword}` of {name} must be {want}{hint}"));
        false
    }
}

/// Does the layer apply its activation at every step?
fn is_recurrent(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::LSTM(_)
            | Layer::GRU(_)
            | Layer::SimpleRNN(_)
            | Layer::ConvLSTM1D(_)
            | Layer::ConvLSTM2D(_)
            | Layer::ConvLSTM3D(_)
    )
}

/// Is the layer an activation function with arguments?
fn is_activation(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::LeakyReLU(_) | Layer::ELU(_) | Layer::ReLU(_) | Layer::PReLU(_) | Layer::Softmax(_) | Layer::Glu(_)
    )
}

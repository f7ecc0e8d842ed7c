//! Layers around layers: from the layer that is written among the arguments of `Bidirectional` or `TimeDistributed` to
//! one layer of the model.

use formwork_shape::layers::TimeDistributed;
use formwork_shape::{Arg, Layer};
use proc_macro2::Span;
use quote::quote;
use syn::Ident;

use super::Builder;
use super::value::{Kind, Value};
use crate::graph::{Builtin, LayerKind, OpaqueArgument};

impl Builder<'_> {
    /// `TimeDistributed(Sequential([a, b]))`, each of the layers at every step, and `TimeDistributed(Encoder())`, a layer
    /// of one's own or a nested model; `None` for a built-in layer, which is an argument like others.
    pub(super) fn each_step(&mut self, value: &Value, name: Option<&Ident>) -> Option<Value> {
        let layers = match &value.kind {
            Kind::Chain(layers) => layers.iter().map(|layer| self.each_step_of(layer)).collect::<Option<Vec<_>>>(),
            Kind::Layer(id) if matches!(self.graph.layers[*id].kind, LayerKind::Custom(_)) => {
                let layer = self.each_step_of(value);
                self.graph.layers[*id].given_name = name.cloned();
                return Some(layer.unwrap_or_else(|| Value::broken(value.span)));
            }
            _ => return None,
        };
        Some(layers.map_or(Value::broken(value.span), |layers| Value::new(Kind::Chain(layers), value.span)))
    }

    fn each_step_of(&mut self, layer: &Value) -> Option<Value> {
        let Kind::Layer(id) = layer.kind else { return self.each_step(layer, None) };
        let definition = &mut self.graph.layers[id];
        if definition.given_name.is_some() {
            self.not_in_place("TimeDistributed", layer);
            return None;
        }
        match &mut definition.kind {
            LayerKind::Custom(custom) => custom.each_step = true,
            LayerKind::Broken => return None,
            LayerKind::Builtin(inner) => {
                definition.kind = at_each_step(inner.clone(), definition.span).into();
                definition.label = "TimeDistributed".to_string();
            }
        }
        Some(layer.clone())
    }

    /// The layer inside another, which is written in place: it is no layer of the model itself.
    pub(super) fn take_wrapped_layer(&mut self, name: &str, value: &Value) -> Option<Builtin> {
        let form = format!("hint: write the layer in place: {}(x)", example_of(name));
        let Kind::Layer(id) = value.kind else {
            if let Kind::Chain(_) = value.kind {
                self.give_up(value);
                let each = example_of(name);
                let message = format!(
                    "{name} takes one layer, but this is a Sequential\nhint: write it around each layer: Sequential([{each}, ..])(x)"
                );
                self.error_in_place(value.span, message);
                return None;
            }
            let what = value.kind.describe();
            self.error_in_place(value.span, format!("{name} takes a layer, but this is {what}\n{form}"));
            return None;
        };
        if id + 1 != self.graph.layers.len() || self.graph.layers[id].given_name.is_some() {
            self.not_in_place(name, value);
            return None;
        }
        let layer = self.graph.layers.pop().expect("it is the last");
        match layer.kind {
            LayerKind::Builtin(inner) => Some(inner),
            LayerKind::Custom(_) => {
                self.error_in_place(
                    value.span,
                    format!("{name} takes a built-in layer, but {} is a layer of your own\n{form}", layer.label),
                );
                None
            }
            LayerKind::Broken => None,
        }
    }

    /// Layers of which nobody shall hear that they are not applied.
    fn give_up(&mut self, value: &Value) {
        match &value.kind {
            Kind::Layer(id) => self.graph.layers[*id].kind = LayerKind::Broken,
            Kind::Chain(layers) => layers.iter().for_each(|layer| self.give_up(layer)),
            _ => {}
        }
    }

    fn not_in_place(&mut self, name: &str, layer: &Value) {
        self.give_up(layer);
        let message = format!(
            "the layer inside {name} has neither a name nor another use\nhint: write it in place: {}(x)",
            example_of(name)
        );
        self.error_in_place(layer.span, message);
    }
}

/// A layer around another, as it is written.
pub(super) fn example_of(name: &str) -> String {
    format!("{name}({}(64))", if name == "Bidirectional" { "LSTM" } else { "Dense" })
}

impl Builtin {
    /// Makes `inner` the layer that the field `index` of this one holds.
    pub(super) fn wrap(&mut self, index: usize, inner: Builtin, span: Span) {
        let field = &self.layer.fields()[index];
        self.layer.set(index, &Arg::Layer(Box::leak(Box::new(inner.layer))));
        if !inner.opaque.is_empty() {
            let value = crate::emit::wrapped(&inner);
            let value = if field.required { value } else { quote!(::core::option::Option::Some(#value)) };
            self.opaque.push(OpaqueArgument { field: Ident::new(field.name, span), convert: "", value });
        }
        self.extras.take_in(inner.extras);
        if let (Layer::TimeDistributed(_), Some(then)) = (&self.layer, &mut self.extras.then) {
            **then = at_each_step((**then).clone(), span);
        }
    }
}

/// `TimeDistributed(layer)`, with an activation after it that is a layer too.
fn at_each_step(layer: Builtin, span: Span) -> Builtin {
    let mut outer = Builtin::from(Layer::TimeDistributed(TimeDistributed::TEMPLATE));
    outer.wrap(0, layer, span);
    outer
}

//! Names that are no built-in layer: layers of the user's own and nested models, or what is said to a name that is neither.

use formwork_shape::{FUNCTIONS, Layer, OPERATORS};
use proc_macro2::Span;
use quote::ToTokens;
use syn::{ExprPath, Ident};

use super::apply::is_function;
use super::arguments::Given;
use super::value::{Kind, Value};
use super::{Builder, elsewhere};
use crate::graph::{Custom, LayerKind};
use crate::similar::similar;

impl Builder<'_> {
    /// A custom layer's arguments are plain Rust, evaluated in the user's crate.
    pub(super) fn layer_of_the_users_own(
        &mut self,
        path: &ExprPath,
        label: &str,
        given: &[Given],
        span: Span,
    ) -> LayerKind {
        let reported = match path.path.get_ident() {
            Some(_) => self.no_layer_of_this_name(label, given, span),
            None => self.no_layer_at_this_path(path, label, span),
        };
        if reported {
            return LayerKind::Broken;
        }
        let mut custom = Custom { path: path.clone(), arguments: Vec::new(), keywords: Vec::new(), each_step: false };
        for Given { keyword, value } in given {
            let Some(tokens) = value.to_constant() else {
                self.no_constant(label, value);
                return LayerKind::Broken;
            };
            match keyword {
                Some(keyword) => custom.keywords.push((keyword.clone(), tokens)),
                None => custom.arguments.push(tokens),
            }
        }
        LayerKind::Custom(custom)
    }

    /// Can a name not be that of a layer of the user's own? Then it has been reported.
    fn no_layer_of_this_name(&mut self, label: &str, given: &[Given], span: Span) -> bool {
        let near = || similar(label, Layer::NAMES.iter().copied().filter(|name| !OPERATORS.contains(name)));
        if let Some(instead) = elsewhere::no_layer(label) {
            self.foreign(span, format!("there is no layer `{label}`\nhint: {instead}"), given);
        } else if let Some(meant) = elsewhere::layer(label) {
            self.foreign(span, unknown_layer(label, meant), given);
        } else if given.iter().any(is_of_tensors) {
            let message = "a model is not made inside of itself\n\
                           hint: its inputs are the parameters of the `fn`, its output is the last line, without `;`";
            self.error(span, message);
        } else if *label == self.model {
            let message = format!(
                "{label} cannot be a layer of itself\nhint: a part that repeats is a helper: `fn block(x: Tensor) -> Tensor {{ .. }}`"
            );
            self.error_in_place(span, message);
        } else if let Some(near) = near() {
            self.error_in_place(span, unknown_layer(label, near));
        } else {
            return false;
        }
        true
    }

    /// Reports a layer of another library.
    fn foreign(&mut self, span: Span, message: String, given: &[Given]) {
        self.error_in_place(span, message);
        // One mistake, one error: a layer inside of it is not told that it is never applied.
        for argument in given {
            if let Kind::Layer(id) = argument.value.kind {
                self.graph.layers[id].kind = LayerKind::Broken;
            }
        }
    }

    /// Can a path not be that of a layer of the user's own? Then it has been reported.
    fn no_layer_at_this_path(&mut self, path: &ExprPath, label: &str, span: Span) -> bool {
        let module = &path.path.segments[0].ident;
        let of_library = ["formwork", "keras", "tensorflow", "tf"].iter().any(|library| module == library);
        if of_library && Layer::named(label).is_some() {
            let message = format!("built-in layers are written without a module\nhint: write {label}(..)(x)");
            self.error_in_place(span, message);
        } else if is_function(label) {
            let hint = match FUNCTIONS.iter().any(|(function, _)| *function == label) {
                true => format!("{label}(x) needs no path"),
                false => "functions are written without a path, layers with a capital letter".to_string(),
            };
            let path = path.to_token_stream().to_string().replace(' ', "");
            self.error(span, format!("`{path}` is no layer\nhint: {hint}"));
        } else {
            return false;
        }
        true
    }

    fn no_constant(&mut self, label: &str, argument: &Value) {
        if argument.is_broken() {
            return;
        }
        let what = argument.kind.describe();
        let hint = match &argument.kind {
            Kind::Tensor(edge) => {
                let tensor = &self.graph.edges[*edge].name;
                format!("\nhint: settings come first, then the tensors: {label}(..)({tensor})")
            }
            _ => String::new(),
        };
        let message = format!("an argument of {label} must be a constant, but this is {what}{hint}");
        self.error_in_place(argument.span, message);
    }
}

fn unknown_layer(label: &str, meant: &str) -> String {
    format!(
        "unknown layer `{label}`\nhint: did you mean `{meant}`? A layer of your own with such a name is written with a path: self::{label}"
    )
}

/// `Model(inputs = x, outputs = h)`
fn is_of_tensors(argument: &Given) -> bool {
    let word = argument.keyword.as_ref().map(Ident::to_string);
    matches!(word.as_deref(), Some("inputs" | "outputs")) && argument.value.to_constant().is_none()
}

//! Calls: layers, Sequential, functions of tensors.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, Ident, Pat};

use super::Builder;
use super::arguments::Arguments;
use super::call_arguments::Call;
use super::value::{Kind, Value};
use crate::graph::LayerKind;
use formwork_shape::{Activation, Argument, FUNCTIONS};

impl Builder<'_> {
    pub(super) fn call(&mut self, call: &ExprCall, pattern: Option<&Pat>) -> Value {
        let span = call.func.span();
        match &*call.func {
            Expr::Path(path) => self.call_path(path, call, pattern),
            // `Layer(settings)(inputs)`
            Expr::Call(layer) => {
                let callee = self.call(layer, None);
                let at = callee.span;
                self.call_value(callee, call, at, pattern)
            }
            Expr::Paren(_) | Expr::Group(_) | Expr::Block(_) | Expr::If(_) | Expr::MethodCall(_) | Expr::Index(_) => {
                let callee = self.expression(&call.func, None);
                self.call_value(callee, call, span, pattern)
            }
            _ => self.refuse(span, "expected a layer such as Dense(64)"),
        }
    }

    fn call_value(&mut self, callee: Value, call: &ExprCall, span: Span, pattern: Option<&Pat>) -> Value {
        match callee.kind {
            Kind::Layer(_) | Kind::Chain(_) => {
                let inputs = self.inputs_of(&call.args);
                self.apply(callee, inputs, span, pattern)
            }
            Kind::Function(function) => self.call_function(&function, &call.args, span),
            Kind::Broken => {
                self.inputs_of(&call.args);
                Value::broken(span)
            }
            other => {
                let hint = match other {
                    Kind::Tensor(_) => "\nhint: layers are applied one after the other: Dense(10)(Dense(64)(x))",
                    _ => "",
                };
                self.refuse(span, format!("expected a layer, but this is {}{hint}", other.describe()))
            }
        }
    }

    fn call_path(&mut self, path: &syn::ExprPath, call: &ExprCall, pattern: Option<&Pat>) -> Value {
        let span = path.path.segments.last().map_or(path.span(), |segment| segment.ident.span());
        let Some(name) = path.path.get_ident().map(Ident::to_string) else {
            if path.path.to_token_stream().to_string() == "Vec :: new" {
                return Value::new(Kind::List(Vec::new()), span);
            }
            return self.layer(path, &call.args, span);
        };
        if let Some(value) = self.lookup(&name) {
            return match value.kind.clone() {
                Kind::Broken => Value::broken(span),
                kind @ (Kind::Layer(_) | Kind::Chain(_) | Kind::Function(_)) => {
                    self.call_value(Value::new(kind, span), call, span, pattern)
                }
                other => {
                    let what = other.describe();
                    let hint = match other {
                        Kind::Tensor(_) if FUNCTIONS.iter().any(|(function, _)| *function == name) => {
                            format!("\nhint: the tensor hides the function `{name}`: give it another name")
                        }
                        Kind::Tensor(_) => format!("\nhint: a layer is applied to a tensor: Dense(64)({name})"),
                        _ => String::new(),
                    };
                    self.refuse(span, format!("`{name}` is {what}, so it cannot be applied{hint}"))
                }
            };
        }
        match name.as_str() {
            "Outputs" => {
                self.refuse(span, "several outputs are returned by their names\nhint: write `Outputs { class, score }`")
            }
            "Sequential" => self.sequential(&call.args, span),
            function if function.starts_with(char::is_lowercase) => {
                self.function_of_tensors(function, &call.args, span, pattern)
            }
            _ => self.layer(path, &call.args, span),
        }
    }

    pub(super) fn sequential(&mut self, arguments: &Arguments, span: Span) -> Value {
        let form = "write Sequential([Dense(64, activation = relu), Dense(10)])(x)";
        let Some(Expr::Array(list)) = arguments.first().filter(|_| arguments.len() == 1) else {
            return self.refuse(span, format!("Sequential takes one list of layers\nhint: {form}"));
        };
        if list.elems.is_empty() {
            return self.refuse(span, format!("Sequential needs at least one layer\nhint: {form}"));
        }
        let mut layers = Vec::new();
        let mut broken = false;
        for expr in &list.elems {
            let value = self.expression(expr, None);
            match value.kind {
                Kind::Layer(_) | Kind::Chain(_) => layers.push(value),
                Kind::Broken => broken = true,
                Kind::Word(word) if Activation::WORDS.iter().any(|known| word == known) => {
                    let message = format!(
                        "Sequential is a list of layers, but `{word}` is a function\nhint: as a layer it is Activation({word})"
                    );
                    self.error(expr.span(), message);
                    broken = true;
                }
                other => {
                    let what = other.describe();
                    self.error(
                        expr.span(),
                        format!("Sequential is a list of layers, but this is {what}\nhint: {form}"),
                    );
                    broken = true;
                }
            }
        }
        for layer in &layers {
            if let Kind::Layer(id) = layer.kind {
                self.graph.layers[id].within.get_or_insert(span);
            }
        }
        if broken { Value::broken(span) } else { Value::new(Kind::Chain(layers), span) }
    }

    /// Applies a layer that stands for an operator or a function.
    pub(super) fn operator(
        &mut self,
        layer: impl Into<LayerKind>,
        label: &str,
        inputs: impl Into<Call>,
        span: Span,
        pattern: Option<&Pat>,
    ) -> Value {
        let layer = self.graph.add_layer(layer, label, span);
        self.apply(Value::new(Kind::Layer(layer), span), inputs.into(), span, pattern)
    }
}

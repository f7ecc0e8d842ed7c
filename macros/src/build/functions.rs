//! Local helpers: functions and closures, unrolled where they are called.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Pat};

use super::arguments::{Arguments, keyword};
use super::value::{Function, Kind, Value, show};
use super::{Builder, DEPTH_LIMIT};
use crate::ast::ELEMENTS;
use formwork_shape::Layer;

impl Builder<'_> {
    /// An argument of a helper: as any expression, or a setting such as `RandomNormal(stddev = 0.02)`.
    fn argument(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Call(call) if is_word_of_a_layer(&call.func.to_token_stream().to_string()) => self.setting(expr),
            _ => self.expression(expr, None),
        }
    }

    pub(super) fn call_function(&mut self, function: &Function, arguments: &Arguments, span: Span) -> Value {
        if self.context.len() >= DEPTH_LIMIT {
            self.stopped = true;
            let message = format!(
                "`{}` calls itself without end: helpers are unrolled by the compiler\n\
                 hint: let an `if` over a number end it, or write a `for`",
                function.name
            );
            return self.refuse(span, message);
        }
        if let Some((at, message)) = wrong_call(function, arguments, span) {
            return self.refuse(at, message);
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.argument(argument)).collect();
        for (pattern, value) in function.parameters.iter().zip(&values) {
            if let Kind::Word(name) = &value.kind
                && self.lookup(&name.to_string()).is_none()
                && !is_word_of_a_layer(&name.to_string())
            {
                let name = name.clone();
                self.unknown_tensor(&name);
                return Value::broken(span);
            }
            if !fits(pattern, value) {
                let (name, what) = (parameter_name(pattern), value.kind.describe());
                let wanted = if matches!(value.kind, Kind::Tensor(_)) { "no tensor" } else { "a tensor" };
                let message = format!("parameter `{name}` of `{}` is {wanted}, but this is {what}", function.name);
                return self.refuse(value.span, message);
            }
        }
        match self.unroll(function, values) {
            Some(value) => Value::new(value.kind, span),
            // A limit has been reached, which was reported.
            None if self.stopped => Value::broken(span),
            None => {
                let name = &function.name;
                self.refuse(span, format!("`{name}` returns nothing\nhint: end its body with a tensor, without `;`"))
            }
        }
    }

    /// Runs the body of a helper on these arguments; `None` if it has no value.
    fn unroll(&mut self, function: &Function, arguments: Vec<Value>) -> Option<Value> {
        let parameters = || function.parameters.iter().zip(&arguments);
        let numbers = parameters().filter(|(_, value)| !matches!(value.kind, Kind::Tensor(_)));
        let shown: Vec<String> =
            numbers.map(|(pattern, value)| format!("{} = {}", parameter_name(pattern), show(value))).collect();
        self.context.push(format!("`{}({})`", function.name, shown.join(", ")));
        let outer = std::mem::replace(&mut self.scopes, vec![function.captured.clone()]);
        // A helper may call itself and those that are written after it.
        for (name, value) in outer.iter().flatten() {
            if matches!(value.kind, Kind::Function(_)) {
                self.scopes[0].entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self.scopes.push(Default::default());
        for (pattern, value) in function.parameters.iter().zip(arguments) {
            self.bind_pattern(pattern, value);
        }
        self.helpers += 1;
        let result = self.block(&function.body);
        self.helpers -= 1;
        self.scopes = outer;
        self.context.pop();
        result
    }
}

/// What is wrong with the number of arguments, or with their keywords.
fn wrong_call(function: &Function, arguments: &Arguments, span: Span) -> Option<(Span, String)> {
    let name = &function.name;
    let form = || {
        let parameters: Vec<String> = function.parameters.iter().map(parameter_name).collect();
        format!("call it as {name}({})", parameters.join(", "))
    };
    let (takes, given) = (function.parameters.len(), arguments.len());
    if takes != given {
        let (s, were) = (if takes == 1 { "" } else { "s" }, if given == 1 { "was" } else { "were" });
        let message = format!("`{name}` takes {takes} argument{s}, but {given} {were} given\nhint: {}", form());
        return Some((span, message));
    }
    let named = arguments.iter().find(|argument| keyword(argument).0.is_some())?;
    Some((named.span(), format!("a helper takes its arguments by place\nhint: {}", form())))
}

/// May a parameter of this type have this value? Its type is read where it says whether it is a tensor.
fn fits(pattern: &Pat, value: &Value) -> bool {
    let Pat::Type(typed) = pattern else { return true };
    let syn::Type::Path(path) = &*typed.ty else { return true };
    let tensor = path.path.is_ident("Tensor");
    let number = ELEMENTS.iter().chain(&["f32", "f64"]).any(|name| path.path.is_ident(name));
    match value.kind {
        Kind::Tensor(_) => !number,
        Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::Layer(_) => !tensor,
        _ => true,
    }
}

/// Is it a word that some argument of some layer can be?
fn is_word_of_a_layer(word: &str) -> bool {
    let layers = Layer::NAMES.iter().filter_map(|name| Layer::named(name));
    let mut words = layers.flat_map(|layer| layer.fields().iter().flat_map(|field| field.words));
    words.any(|known| known.strip_suffix("(..)").unwrap_or(known) == word)
}

fn parameter_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Type(typed) => parameter_name(&typed.pat),
        Pat::Ident(ident) => ident.ident.to_string(),
        other => other.to_token_stream().to_string(),
    }
}

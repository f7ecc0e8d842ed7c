//! Local helpers: functions and closures, unrolled where they are called.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Pat;

use super::arguments::Arguments;
use super::value::{Function, Kind, Value, show};
use super::{Builder, DEPTH_LIMIT};
use formwork_shape::{Activation, Argument};

impl Builder<'_> {
    pub(super) fn call_function(&mut self, function: &Function, arguments: &Arguments, span: Span) -> Value {
        if self.context.len() >= DEPTH_LIMIT {
            self.error(
                span,
                format!(
                    "`{}` calls itself without end: helpers are unrolled by the compiler\n\
                     hint: let an `if` over a number end it, or write a `for`",
                    function.name
                ),
            );
            self.stopped = true;
            return Value::broken(span);
        }
        if arguments.len() != function.parameters.len() {
            let (takes, given) = (function.parameters.len(), arguments.len());
            let names: Vec<String> = function.parameters.iter().map(parameter_name).collect();
            let message = format!(
                "`{name}` takes {takes} argument{}, but {given} {} given\nhint: call it as {name}({})",
                if takes == 1 { "" } else { "s" },
                if given == 1 { "was" } else { "were" },
                names.join(", "),
                name = function.name,
            );
            self.error(span, message);
            return Value::broken(span);
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.expression(argument, None)).collect();
        for value in &values {
            if let Kind::Word(name) = &value.kind
                && self.lookup(&name.to_string()).is_none()
                && Activation::read(&formwork_shape::Arg::Word(&name.to_string())).is_none()
            {
                let name = name.clone();
                self.unknown_tensor(&name);
                return Value::broken(span);
            }
        }
        let shown: Vec<String> = function
            .parameters
            .iter()
            .zip(&values)
            .filter(|(_, value)| !matches!(value.kind, Kind::Tensor(_)))
            .map(|(pattern, value)| format!("{} = {}", parameter_name(pattern), show(value)))
            .collect();
        self.context.push(format!("`{}({})`", function.name, shown.join(", ")));
        let outer = std::mem::replace(&mut self.scopes, vec![function.captured.clone()]);
        // A helper may call itself and those that are written after it.
        for (name, value) in outer.iter().flatten() {
            if matches!(value.kind, Kind::Function(_)) {
                self.scopes[0].entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self.scopes.push(Default::default());
        for (pattern, value) in function.parameters.iter().zip(values) {
            self.bind_pattern(pattern, value);
        }
        self.helpers += 1;
        let result = self.block(&function.body);
        self.helpers -= 1;
        self.scopes = outer;
        self.context.pop();
        match result {
            Some(value) => Value::new(value.kind, span),
            None => {
                if !self.stopped {
                    let name = &function.name;
                    self.error(
                        span,
                        format!("`{name}` returns nothing\nhint: end its body with a tensor, without `;`"),
                    );
                }
                Value::broken(span)
            }
        }
    }
}

fn parameter_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Type(typed) => parameter_name(&typed.pat),
        Pat::Ident(ident) => ident.ident.to_string(),
        other => other.to_token_stream().to_string(),
    }
}

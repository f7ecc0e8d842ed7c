//! From an expression to its value. Literals, variables, tuples and lists are here; the other kinds have files of their own.

use std::rc::Rc;

use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Pat};

use super::Builder;
use super::arguments::Arguments;
use super::elsewhere;
use super::patterns::names;
use super::value::{Function, Kind, Value};
use crate::ast::{ELEMENTS, no_number, parse_all};
use formwork_shape::{Activation, Argument, Layer};

impl Builder<'_> {
    /// The value of an expression. `pattern` names the outputs if it applies a layer.
    pub(super) fn expression(&mut self, expr: &Expr, pattern: Option<&Pat>) -> Value {
        let span = expr.span();
        match expr {
            Expr::Lit(literal) => self.literal(literal),
            Expr::Path(path) => self.path(path),
            Expr::Paren(paren) => self.expression(&paren.expr, pattern),
            Expr::Group(group) => self.expression(&group.expr, pattern),
            Expr::Reference(reference) => self.expression(&reference.expr, pattern),
            Expr::Call(call) => self.call(call, pattern),
            Expr::MethodCall(call) => self.method(call),
            Expr::Field(field) => self.member(field),
            Expr::Index(index) => self.index(index, pattern),
            Expr::Binary(binary) => self.binary(binary, pattern),
            Expr::Unary(unary) => self.unary(unary, pattern),
            Expr::Cast(cast) => self.cast(cast),
            Expr::If(branch) => self.if_else(branch),
            Expr::ForLoop(each) => self.for_loop(each),
            Expr::Block(block) => self.scope(&block.block.stmts).unwrap_or(Value::new(Kind::Unit, span)),
            Expr::Tuple(tuple) if tuple.elems.is_empty() => Value::new(Kind::Unit, span),
            Expr::Tuple(tuple) => Value::new(Kind::Tuple(self.expressions(&tuple.elems)), span),
            Expr::Array(array) => Value::new(Kind::List(self.expressions(&array.elems)), span),
            Expr::Repeat(repeat) => self.repeat(repeat),
            Expr::Range(range) => self.range(range),
            Expr::Struct(outputs) if outputs.path.is_ident("Outputs") => self.output_fields(outputs),
            Expr::Closure(closure) => self.closure(closure, pattern),
            Expr::Macro(call) => self.macro_call(&call.mac),
            Expr::Return(_) => self.refuse(
                span,
                "`return` cannot be used in a model\nhint: end the body with the tensor, without `return` and `;`",
            ),
            other => {
                let message = format!(
                    "`{}` cannot be used in a model\nhint: a model applies layers: `let h = Dense(64)(x);`; its numbers, \
                     `for`, `if` and helpers are unrolled by the compiler",
                    shorten(other)
                );
                self.refuse(span, message)
            }
        }
    }

    fn expressions(&mut self, list: &Arguments) -> Vec<Value> {
        list.iter().map(|expr| self.expression(expr, None)).collect()
    }

    fn closure(&mut self, closure: &syn::ExprClosure, pattern: Option<&Pat>) -> Value {
        let name = pattern.and_then(|pattern| names(pattern).pop());
        let function = Function {
            name: name.map_or("closure".to_string(), |(name, _)| name),
            parameters: closure.inputs.iter().cloned().collect(),
            body: vec![syn::Stmt::Expr((*closure.body).clone(), None)],
            captured: self.scopes.iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
        };
        Value::new(Kind::Function(Rc::new(function)), closure.span())
    }

    /// `vec![..]` is a list; no other macro is known.
    pub(super) fn macro_call(&mut self, call: &syn::Macro) -> Value {
        let name = call.path.to_token_stream().to_string();
        if name == "vec" {
            let items = &call.tokens;
            return match parse_all(quote!([#items]), <Expr as syn::parse::Parse>::parse) {
                Ok(list) => self.expression(&list, None),
                Err(error) => self.refuse(error.span(), error),
            };
        }
        let hint = elsewhere::no_function(&name).map_or(String::new(), |hint| format!("\nhint: {hint}"));
        let message = format!("`{name}!` cannot be used in a model: its body is unrolled by the compiler{hint}");
        self.refuse(call.path.span(), message)
    }

    fn literal(&mut self, literal: &syn::ExprLit) -> Value {
        let span = literal.span();
        let quoted = |word: String| Err(format!("words are written without quotes: {word}"));
        let kind = match &literal.lit {
            syn::Lit::Int(int) => match (int.base10_digits().parse(), no_number(int)) {
                (Err(_), _) => Err("this number is larger than an integer can be".to_string()),
                (Ok(_), Some(message)) => Err(message),
                (Ok(n), None) => Ok(Kind::Int(n)),
            },
            syn::Lit::Float(float) => match float.base10_parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Kind::Float(number)),
                Ok(_) => Err("this number is larger than any of 64 bits\nhint: infinity is f64::INFINITY".to_string()),
                Err(error) => Err(error.to_string()),
            },
            syn::Lit::Bool(b) => Ok(Kind::Bool(b.value)),
            syn::Lit::Str(text) => match text.value() {
                word if word.starts_with(char::is_alphabetic) => {
                    quoted(word.replace(|c: char| !c.is_alphanumeric(), "_"))
                }
                other => quoted(other),
            },
            syn::Lit::Char(letter) => quoted(letter.value().to_string()),
            // The compiler has reported it.
            syn::Lit::Verbatim(_) => Ok(Kind::Broken),
            _ => Err("expected a number, `true`, `false` or a word".to_string()),
        };
        match kind {
            Ok(kind) => Value::new(kind, span),
            Err(message) => self.refuse(span, message),
        }
    }

    /// `k as f64`; an integer is as wide as it need be.
    fn cast(&mut self, cast: &syn::ExprCast) -> Value {
        let value = self.expression(&cast.expr, None);
        let ty = cast.ty.to_token_stream().to_string();
        let kind = match (value.kind, ty.as_str()) {
            (Kind::Int(n), "f32" | "f64") => Kind::Float(n as f64),
            (Kind::Int(n), ty) if ELEMENTS.contains(&ty) => Kind::Int(n),
            (Kind::Float(x), "f32" | "f64") => Kind::Float(x),
            (Kind::Float(x), ty) if ELEMENTS.contains(&ty) => Kind::Int(x as i64),
            (Kind::Opaque(tokens), _) => {
                let ty = &cast.ty;
                Kind::Opaque(quote!((#tokens as #ty)))
            }
            (Kind::Broken, _) => Kind::Broken,
            (other, _) => {
                let what = other.describe();
                return self.refuse(cast.span(), format!("`as {ty}` is for numbers, but this is {what}"));
            }
        };
        Value::new(kind, value.span)
    }

    fn path(&mut self, path: &syn::ExprPath) -> Value {
        let span = path.span();
        if let Some(ident) = path.path.get_ident() {
            if let Some(value) = self.lookup(&ident.to_string()) {
                return Value::new(value.kind.clone(), span);
            }
            if let Some(word) = ["True", "False"].into_iter().find(|word| ident == word) {
                return self.refuse(span, format!("`{word}` is written `{}`", word.to_lowercase()));
            }
            if ident == "None" || ident.to_string().starts_with(|c: char| c.is_lowercase() || c == '_') {
                return Value::new(Kind::Word(ident.clone()), span);
            }
            if Layer::named(&ident.to_string()).is_some() {
                let form = match activation_of(&ident.to_string()) {
                    Some(word) => format!("\nhint: the activation of a layer is written activation = {word}"),
                    None => String::new(),
                };
                return self.refuse(
                    span,
                    format!(
                        "`{ident}` is a layer: it takes its settings in parentheses, then its inputs: {ident}(..)(x){form}"
                    ),
                );
            }
        }
        Value::new(Kind::Opaque(path.to_token_stream()), span)
    }

    fn output_fields(&mut self, outputs: &syn::ExprStruct) -> Value {
        let mut fields: Vec<(Ident, Value)> = Vec::new();
        for field in &outputs.fields {
            let syn::Member::Named(name) = &field.member else {
                self.error(field.span(), "an output is written with its name: `Outputs { class, score: h }`");
                continue;
            };
            if fields.iter().any(|(other, _)| other == name) {
                self.error(name.span(), format!("output `{name}` is returned twice"));
                continue;
            }
            let pattern = Pat::Ident(syn::PatIdent {
                attrs: Vec::new(),
                by_ref: None,
                mutability: None,
                ident: name.clone(),
                subpat: None,
            });
            let value = self.expression(&field.expr, Some(&pattern));
            fields.push((name.clone(), value));
        }
        Value::new(Kind::Outputs(fields), outputs.span())
    }
}

/// The beginning of an expression, for messages.
pub(super) fn shorten(expr: &Expr) -> String {
    let mut text = expr.to_token_stream().to_string();
    for (spaced, tight) in [(" (", "("), (" [", "["), ("! [", "!["), (" ,", ","), (" .. ", ".."), (" . ", ".")] {
        text = text.replace(spaced, tight);
    }
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

/// The word of the activation that a layer such as `Softmax` is named after.
fn activation_of(layer: &str) -> Option<&'static str> {
    Activation::WORDS.iter().copied().find(|word| word.replace('_', "") == layer.to_lowercase())
}

//! Expressions: literals, variables, tuples and lists; the other kinds have files of their own.

use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Pat};

use super::Builder;
use super::elsewhere;
use super::value::{Function, Kind, Value};
use crate::ast::{ELEMENTS, no_number, parse_all};
use formwork_shape::Layer;

impl Builder<'_> {
    /// The value of an expression. `pattern` names the outputs if it applies a layer.
    pub(super) fn expression(&mut self, expr: &Expr, pattern: Option<&Pat>) -> Value {
        let span = expr.span();
        let kind = match expr {
            Expr::Lit(literal) => return self.literal(literal),
            Expr::Path(path) => return self.path(path),
            Expr::Paren(paren) => return self.expression(&paren.expr, pattern),
            Expr::Group(group) => return self.expression(&group.expr, pattern),
            Expr::Call(call) => return self.call(call, pattern),
            Expr::Binary(binary) => return self.binary(binary, pattern),
            Expr::Unary(unary) => return self.unary(unary, pattern),
            Expr::If(branch) => return self.branch(branch),
            Expr::ForLoop(each) => return self.each(each),
            Expr::Block(block) => {
                return self.scope(&block.block.stmts).unwrap_or(Value::new(Kind::Unit, span));
            }
            Expr::MethodCall(call) => return self.method(call),
            Expr::Index(index) => return self.index(index, pattern),
            Expr::Struct(outputs) if outputs.path.is_ident("Outputs") => return self.output_fields(outputs),
            Expr::Tuple(tuple) if tuple.elems.is_empty() => Kind::Unit,
            Expr::Tuple(tuple) => Kind::Tuple(tuple.elems.iter().map(|e| self.expression(e, None)).collect()),
            Expr::Array(array) => Kind::List(array.elems.iter().map(|e| self.expression(e, None)).collect()),
            Expr::Repeat(repeat) => return self.repeat(repeat),
            Expr::Range(range) => return self.range(range),
            Expr::Reference(reference) => return self.expression(&reference.expr, pattern),
            Expr::Closure(closure) => Kind::Function(std::rc::Rc::new(Function {
                name: "closure".to_string(),
                parameters: closure.inputs.iter().cloned().collect(),
                body: vec![syn::Stmt::Expr((*closure.body).clone(), None)],
                captured: self.scopes.iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
            })),
            Expr::Macro(call) if call.mac.path.is_ident("vec") => {
                let items = &call.mac.tokens;
                return match parse_all(quote!([#items]), <Expr as syn::parse::Parse>::parse) {
                    Ok(list) => self.expression(&list, None),
                    Err(error) => {
                        self.error(error.span(), error);
                        Value::broken(span)
                    }
                };
            }
            Expr::Macro(call) => {
                self.macro_call(&call.mac);
                Kind::Broken
            }
            Expr::Cast(cast) => return self.cast(cast),
            Expr::Field(field) => return self.member(field),
            Expr::Return(_) => {
                self.error(
                    span,
                    "`return` cannot be used in a model\nhint: end the body with the tensor, without `return` and `;`",
                );
                Kind::Broken
            }
            other => {
                self.error(
                    span,
                    format!(
                        "`{}` cannot be used in a model\nhint: a model applies layers: `let h = Dense(64)(x);`; its numbers, \
                         `for`, `if` and helpers are unrolled by the compiler",
                        shorten(other)
                    ),
                );
                Kind::Broken
            }
        };
        Value::new(kind, span)
    }

    pub(super) fn macro_call(&mut self, call: &syn::Macro) {
        let name = call.path.to_token_stream().to_string();
        let hint = match elsewhere::no_function(&name) {
            Some(hint) => format!("\nhint: {hint}"),
            None => String::new(),
        };
        let message = format!("`{name}!` cannot be used in a model: its body is unrolled by the compiler{hint}");
        self.error(call.path.span(), message);
    }

    fn literal(&mut self, literal: &syn::ExprLit) -> Value {
        let span = literal.span();
        let kind = match &literal.lit {
            syn::Lit::Int(int) if int.base10_digits().parse::<i64>().is_err() => {
                self.error(span, "this number is larger than an integer can be");
                return Value::broken(span);
            }
            syn::Lit::Int(int) if let Some(message) = no_number(int) => {
                self.error(span, message);
                return Value::broken(span);
            }
            syn::Lit::Int(int) => int.base10_parse().map(Kind::Int),
            syn::Lit::Float(float) => float.base10_parse().map(Kind::Float),
            syn::Lit::Bool(b) => Ok(Kind::Bool(b.value)),
            syn::Lit::Str(text) => {
                let word = text.value();
                let word = match word.starts_with(|c: char| c.is_alphabetic()) {
                    true => word.replace(|c: char| !c.is_alphanumeric(), "_"),
                    false => word,
                };
                self.error(span, format!("words are written without quotes: {word}"));
                return Value::broken(span);
            }
            syn::Lit::Char(letter) => {
                self.error(span, format!("words are written without quotes: {}", letter.value()));
                return Value::broken(span);
            }
            // The compiler has reported it.
            syn::Lit::Verbatim(_) => return Value::broken(span),
            _ => {
                self.error(span, "expected a number, `true`, `false` or a word");
                return Value::broken(span);
            }
        };
        match kind {
            Ok(kind) => Value::new(kind, span),
            Err(error) => {
                self.error(span, error);
                Value::broken(span)
            }
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
                self.error(cast.span(), format!("`as {ty}` is for numbers, but this is {what}"));
                Kind::Broken
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
                self.error(span, format!("`{word}` is written `{}`", word.to_lowercase()));
                return Value::broken(span);
            }
            if ident == "None" || ident.to_string().starts_with(|c: char| c.is_lowercase() || c == '_') {
                return Value::new(Kind::Word(ident.clone()), span);
            }
            if Layer::named(&ident.to_string()).is_some() {
                self.error(
                    span,
                    format!(
                        "`{ident}` is a layer: it takes its settings in parentheses, then its inputs: {ident}(..)(x)"
                    ),
                );
                return Value::broken(span);
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

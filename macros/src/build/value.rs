//! What an expression of the language can be worth.

use std::rc::Rc;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;

use crate::graph::{EdgeId, LayerId};

/// A value, and where it was written.
#[derive(Clone)]
pub struct Value {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Clone)]
pub enum Kind {
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `relu`, `same`: a lower-case word that names no variable.
    Word(Ident),
    /// `"ab,bc->ac"`, where a setting is a text.
    Text(String),
    /// A constant from outside, or an expression of such: only the compiler knows its number.
    Opaque(TokenStream),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Tensor(EdgeId),
    /// A layer that is not applied yet.
    Layer(LayerId),
    /// `Sequential([..])`
    Chain(Vec<Value>),
    /// `RandomNormal(stddev = 0.02)`: an argument with arguments of its own.
    Setting(String, Vec<(Option<String>, Value)>),
    Function(Rc<Function>),
    /// `Outputs { class, score }`
    Outputs(Vec<(Ident, Value)>),
    /// A statement without a value.
    Unit,
    /// A mistake that has been reported.
    Broken,
}

/// A local helper: a function or a closure.
pub struct Function {
    pub name: String,
    pub parameters: Vec<syn::Pat>,
    pub body: Vec<syn::Stmt>,
    /// The variables that were in scope where it was written; a `fn` sees constants and other helpers.
    pub captured: std::collections::BTreeMap<String, Value>,
}

impl Value {
    pub fn new(kind: Kind, span: Span) -> Self {
        Value { kind, span }
    }

    pub fn broken(span: Span) -> Self {
        Value { kind: Kind::Broken, span }
    }

    pub fn is_broken(&self) -> bool {
        matches!(self.kind, Kind::Broken)
    }

    /// Is it `None`, with which Keras leaves a setting out?
    pub fn is_none(&self) -> bool {
        matches!(&self.kind, Kind::Word(word) if word == "None")
    }

    /// The value as a constant expression, for arguments that only constant evaluation can read.
    pub fn to_constant(&self) -> Option<TokenStream> {
        let span = self.span;
        Some(match &self.kind {
            Kind::Int(n) => {
                let mut literal = Literal::u64_unsuffixed(n.unsigned_abs());
                literal.set_span(span);
                if *n < 0 { quote_spanned!(span=> -#literal) } else { literal.into_token_stream() }
            }
            Kind::Float(x) => {
                let mut literal = Literal::f64_unsuffixed(x.abs());
                literal.set_span(span);
                if *x < 0.0 { quote_spanned!(span=> -#literal) } else { literal.into_token_stream() }
            }
            Kind::Bool(b) => Ident::new(if *b { "true" } else { "false" }, span).into_token_stream(),
            Kind::Opaque(tokens) => tokens.clone(),
            Kind::Word(word) => word.to_token_stream(),
            Kind::Text(text) => {
                let mut literal = Literal::string(text);
                literal.set_span(span);
                literal.into_token_stream()
            }
            Kind::Tuple(values) => {
                let values = values.iter().map(Value::to_constant).collect::<Option<Vec<_>>>()?;
                quote!((#(#values,)*))
            }
            Kind::List(values) => {
                let values = values.iter().map(Value::to_constant).collect::<Option<Vec<_>>>()?;
                quote!([#(#values),*])
            }
            _ => return None,
        })
    }

    /// Does it hold a number that only the compiler knows?
    pub fn is_opaque(&self) -> bool {
        match &self.kind {
            Kind::Opaque(_) => true,
            Kind::Tuple(values) | Kind::List(values) => values.iter().any(Value::is_opaque),
            _ => false,
        }
    }
}

impl Kind {
    /// For messages: what makes a tensor of it.
    pub fn hint(&self) -> &'static str {
        match self {
            Kind::Layer(_) => "\nhint: apply it to a tensor first, as in Dense(64)(x)",
            Kind::Chain(_) => "\nhint: apply it to a tensor first, as in Sequential([..])(x)",
            Kind::Function(_) => "\nhint: call it with its arguments in parentheses",
            Kind::Int(_) | Kind::Float(_) => "\nhint: numbers and tensors are joined by operators, as in `x + 1.0`",
            _ => "",
        }
    }

    /// For messages: "this is a tensor".
    pub fn describe(&self) -> &'static str {
        match self {
            Kind::Int(_) => "an integer",
            Kind::Float(_) => "a number",
            Kind::Bool(_) => "a bool",
            Kind::Word(_) => "a word",
            Kind::Text(_) => "a text",
            Kind::Opaque(_) => "a constant",
            Kind::Tuple(_) => "a tuple",
            Kind::List(_) => "a list",
            Kind::Tensor(_) => "a tensor",
            Kind::Layer(_) => "a layer that is not applied to a tensor yet",
            Kind::Chain(_) => "a Sequential that is not applied to a tensor yet",
            Kind::Setting(..) => "a setting",
            Kind::Function(_) => "a helper that is not called",
            Kind::Outputs(_) => "`Outputs { .. }`",
            Kind::Unit => "nothing",
            Kind::Broken => "a mistake",
        }
    }
}

/// A value for messages.
pub(super) fn show(value: &Value) -> String {
    match &value.kind {
        Kind::Tuple(values) => format!("({})", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        Kind::List(values) => format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        _ => match value.to_constant() {
            Some(tokens) => tokens.to_string().replace("- ", "-"),
            None => "..".to_string(),
        },
    }
}

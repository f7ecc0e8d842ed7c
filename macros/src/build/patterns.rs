//! Giving names to values.

use syn::Pat;
use syn::spanned::Spanned;

use super::Builder;
use super::value::{Kind, Value};
use crate::names::plain;

/// The names of a pattern, flattened, for the outputs of a layer.
pub(super) fn names(pattern: &Pat) -> Vec<(String, proc_macro2::Span)> {
    match pattern {
        Pat::Ident(ident) => vec![(plain(&ident.ident), ident.ident.span())],
        Pat::Wild(wild) => vec![("_".to_string(), wild.span())],
        Pat::Tuple(tuple) => tuple.elems.iter().flat_map(names).collect(),
        Pat::Type(typed) => names(&typed.pat),
        _ => Vec::new(),
    }
}

impl Builder<'_> {
    pub(super) fn bind_pattern(&mut self, pattern: &Pat, value: Value) {
        match pattern {
            Pat::Ident(ident) if ident.subpat.is_none() => {
                if let Kind::Tensor(edge) = value.kind {
                    let name = ident.ident.to_string();
                    let outside = &self.scopes[..self.scopes.len() - 1];
                    self.graph.edges[edge].unused_ok |= name.starts_with('_');
                    self.graph.edges[edge].hides |= outside.iter().any(|scope| scope.contains_key(&name));
                }
                self.name_layer(&ident.ident, &value);
                self.bind(&ident.ident, value);
            }
            Pat::Wild(_) => {
                if let Kind::Tensor(edge) = value.kind {
                    self.graph.edges[edge].unused_ok = true;
                }
            }
            Pat::Paren(paren) => self.bind_pattern(&paren.pat, value),
            Pat::Type(typed) => self.bind_pattern(&typed.pat, value),
            Pat::Tuple(tuple) => self.bind_tuple(tuple, value),
            other => {
                self.error(other.span(), "expected a name or a tuple of names");
                self.bind_broken(other);
            }
        }
    }

    fn bind_tuple(&mut self, tuple: &syn::PatTuple, value: Value) {
        let names = tuple.elems.len();
        match value.kind {
            Kind::Tuple(values) | Kind::List(values) if values.len() == names => {
                for (pattern, value) in tuple.elems.iter().zip(values) {
                    self.bind_pattern(pattern, value);
                }
            }
            Kind::Broken => tuple.elems.iter().for_each(|pattern| self.bind_broken(pattern)),
            other => {
                let found = match &other {
                    Kind::Tuple(values) | Kind::List(values) => format!("{} values", values.len()),
                    Kind::Tensor(_) => "one tensor".to_string(),
                    _ => other.describe().to_string(),
                };
                let are = if found.ends_with("values") { "are" } else { "is" };
                self.error(tuple.span(), format!("{names} names take their values here, but there {are} {found}"));
                tuple.elems.iter().for_each(|pattern| self.bind_broken(pattern));
            }
        }
    }

    pub(super) fn bind_broken(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Ident(ident) => self.bind(&ident.ident, Value::broken(ident.span())),
            Pat::Tuple(tuple) => tuple.elems.iter().for_each(|pattern| self.bind_broken(pattern)),
            Pat::Type(typed) => self.bind_broken(&typed.pat),
            Pat::Paren(paren) => self.bind_broken(&paren.pat),
            _ => {}
        }
    }

    /// `let encoder = LSTM(64);` names the layer itself.
    fn name_layer(&mut self, name: &syn::Ident, value: &Value) {
        if let Kind::Layer(layer) = value.kind {
            self.graph.layers[layer].given_name.get_or_insert_with(|| name.clone());
        }
    }
}

//! The mistakes of a model, all shown in one build.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// Mistakes in the order they were found; the same one is kept once.
#[derive(Default)]
pub struct Errors {
    list: Vec<syn::Error>,
    seen: Vec<(String, String)>,
}

impl Errors {
    /// Reports a mistake at `span`.
    pub fn push(&mut self, span: Span, message: impl Display) {
        // An unrolled loop makes the same mistake many times at one place.
        let key = (format!("{span:?}"), message.to_string());
        if !self.seen.contains(&key) {
            self.list.push(syn::Error::new(span, &key.1));
            self.seen.push(key);
        }
    }

    /// Reports a mistake that the parser found.
    pub fn add(&mut self, error: &syn::Error) {
        for error in error.clone() {
            self.push(error.span(), error);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The mistakes in the order of their places in the source.
    pub fn to_tokens(&self) -> TokenStream {
        let mut list: Vec<&syn::Error> = self.list.iter().collect();
        list.sort_by_key(|error| place(error.span()));
        list.into_iter().map(syn::Error::to_compile_error).collect()
    }
}

/// Line and column, where there is a compiler to ask.
fn place(span: Span) -> (usize, usize) {
    if !proc_macro::is_available() {
        return (0, 0);
    }
    let start = span.unwrap().start();
    (start.line(), start.column())
}

//! The macro outside of the compiler: hostile and giant models.

mod giant;
mod hostile;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

/// What a model expands to.
enum Expansion {
    Model,
    /// The messages.
    Errors(Vec<String>),
}

/// Expands a model, which must give Rust that parses, and the same a second time.
fn expand(model: TokenStream) -> Expansion {
    let tokens = quote!((::formwork) #model);
    let expanded = crate::expand(tokens.clone());
    assert_eq!(expanded.to_string(), crate::expand(tokens).to_string(), "the expansion is deterministic");
    if let Err(error) = syn::parse2::<syn::File>(expanded.clone()) {
        panic!("the expansion is no Rust: {error}");
    }
    let mut messages = Vec::new();
    collect(expanded, &mut messages);
    if messages.is_empty() { Expansion::Model } else { Expansion::Errors(messages) }
}

/// The messages of all `compile_error!`s.
fn collect(tokens: TokenStream, messages: &mut Vec<String>) {
    let mut is_error = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => is_error = ident == "compile_error",
            TokenTree::Group(group) if is_error => {
                messages.push(group.stream().to_string());
                is_error = false;
            }
            TokenTree::Group(group) => collect(group.stream(), messages),
            _ => {}
        }
    }
}

/// As much stack as the compiler gives to macros.
fn on_the_stack_of_the_compiler(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(test).expect("a thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

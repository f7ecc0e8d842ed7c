//! The `model!` macro: a layer graph in, a checked model out.
//!
//! Data flows one way: tokens -> `ast` -> `graph` -> `masks` -> `check` -> `plan` -> `emit`.

mod ast;
mod build;
mod check;
mod emit;
mod errors;
mod graph;
mod habits;
mod history;
mod masks;
mod names;
mod plan;
mod similar;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// What `formwork::model!` expands to: the path of the runtime crate in parentheses, then the model. The path is given
/// and not assumed, because a user may rename the crate, or reach it through another.
#[proc_macro]
pub fn model(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(tokens.into()).into()
}

fn expand(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(source) = ast::parse(tokens, &mut errors) else { return errors.to_tokens() };
    let graph = masks::masks(build::build(&source, &mut errors), &mut errors);
    let checked = check::check(&source, &graph, &mut errors);
    if !errors.is_empty() {
        return emit::stub(&source, &graph, &checked, &errors);
    }
    let plan = plan::plan(&graph, &checked);
    emit::model(&source, &graph, &checked, &plan)
}

#[cfg(test)]
mod tests;

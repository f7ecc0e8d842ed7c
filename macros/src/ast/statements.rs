//! Cutting a body into statements, so that one which does not parse leaves the others.

use proc_macro2::{Delimiter, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::{Block, Ident};

use super::{Source, parse_all};
use crate::errors::Errors;
use crate::habits;

/// The statements of a body. If one does not parse, it is reported and the others are kept.
pub(super) fn statements(body: TokenStream, source: &mut Source, errors: &mut Errors) {
    if let Ok(statements) = parse_all(body.clone(), Block::parse_within) {
        source.body = statements;
        return;
    }
    source.incomplete = true;
    for mut piece in split_statements(body) {
        if let Some((word, declared)) = habits::declaration(&piece) {
            errors.push(word.span(), format!("a tensor is declared with `let`, not with `{word}`"));
            piece = declared;
        }
        let unfinished = lacks_semicolon(&piece);
        if unfinished.is_some() {
            piece.extend(TokenStream::from(TokenTree::from(Punct::new(';', Spacing::Alone))));
        }
        match parse_all(piece.clone(), Block::parse_within) {
            Ok(statements) => {
                if let Some(last) = unfinished {
                    errors.push(last, "expected `;` after this statement");
                }
                source.body.extend(statements);
            }
            Err(error) => {
                match habits::habit(&piece) {
                    Some((span, message)) => errors.push(span, message),
                    None => errors.add(&error),
                }
                source.lost.extend(bound_names(piece));
            }
        }
    }
}

/// Cuts after each `;`, before each `let` that follows without one, and around each helper.
fn split_statements(body: TokenStream) -> Vec<TokenStream> {
    let mut pieces = vec![TokenStream::new()];
    let mut conditional = false;
    for token in body {
        let ends = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';');
        let starts = matches!(&token, TokenTree::Ident(ident) if ident == "let" || ident == "fn") && !conditional;
        let ends = ends || closes_helper(pieces.last().expect("there is always one"), &token);
        conditional = matches!(&token, TokenTree::Ident(ident) if ident == "if" || ident == "while");
        if starts {
            pieces.push(TokenStream::new());
        }
        pieces.last_mut().expect("there is always one").extend([token]);
        if ends {
            pieces.push(TokenStream::new());
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Is this the body of the helper that the piece begins with?
fn closes_helper(piece: &TokenStream, token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
        && matches!(piece.clone().into_iter().next(), Some(TokenTree::Ident(word)) if word == "fn")
}

/// Is this a `let` that does not end in `;`? Then where it ends.
fn lacks_semicolon(piece: &TokenStream) -> Option<Span> {
    let mut tokens = piece.clone().into_iter();
    if !matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "let") {
        return None;
    }
    match tokens.last() {
        Some(TokenTree::Punct(punct)) if punct.as_char() == ';' => None,
        last => last.map(|token| token.span()),
    }
}

/// The names between `let` and `=`, and that of a helper.
fn bound_names(piece: TokenStream) -> Vec<Ident> {
    let mut tokens = piece.into_iter();
    match (tokens.next(), tokens.clone().next()) {
        (Some(TokenTree::Ident(word)), _) if word == "let" => {}
        (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) if word == "fn" => return vec![name],
        _ => return Vec::new(),
    }
    let pattern =
        tokens.take_while(|token| !matches!(token, TokenTree::Punct(punct) if ":=".contains(punct.as_char())));
    let names = pattern.flat_map(|token| match token {
        TokenTree::Group(group) => group.stream().into_iter().collect(),
        token => vec![token],
    });
    names
        .filter_map(|token| match token {
            TokenTree::Ident(name) if name != "mut" => Some(name),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::{bound_names, lacks_semicolon, split_statements};

    #[test]
    fn statements_are_cut_at_semicolons_and_before_let() {
        let pieces = split_statements(quote!(let a = f(x; y) let b = g(a); if let c = d {} h(b)));
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        assert_eq!(pieces, ["let a = f (x ; y)", "let b = g (a) ;", "if let c = d { } h (b)"]);
        let pieces = split_statements(quote!(fn f(x, n) { x } fn g() { y } f(g())));
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        assert_eq!(pieces, ["fn f (x , n) { x }", "fn g () { y }", "f (g ())"]);
    }

    #[test]
    fn only_a_let_must_end_in_a_semicolon() {
        assert!(lacks_semicolon(&quote!(let a = b)).is_some());
        assert!(lacks_semicolon(&quote!(let a = b;)).is_none());
        assert!(lacks_semicolon(&quote!(a(b))).is_none());
    }

    #[test]
    fn a_broken_let_still_gives_its_names() {
        let names = bound_names(quote!(let (mut a, b): T = f(c d);));
        assert_eq!(names.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(bound_names(quote!(fn f(x, n) { x })), ["f"]);
    }
}

//! How deep a model is nested. Parsing and unrolling go down one call a level, and the stack of the compiler is finite.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// As many tokens as may stand, one after the other or one inside the other, where each may be a level: a sum of 200
/// terms, a hundred calls inside each other.
const LIMIT: usize = 400;

/// Where `tokens` are nested too deeply, if they are.
pub fn too_deep(tokens: &TokenStream) -> Option<Span> {
    beyond(tokens.clone(), 0)
}

fn beyond(tokens: TokenStream, before: usize) -> Option<Span> {
    let (mut chain, mut angles) = (0, 0_usize);
    let mut tokens = tokens.into_iter().peekable();
    let mut last = ' ';
    while let Some(token) = tokens.next() {
        chain += 1;
        let depth = before + chain + angles;
        if depth > LIMIT {
            return Some(token.span());
        }
        let mut this = ' ';
        match token {
            TokenTree::Group(group) => {
                if let Some(span) = beyond(group.stream(), depth) {
                    return Some(span);
                }
                // After a block something new begins.
                let goes_on = matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word == "else");
                if group.delimiter() == Delimiter::Brace && !goes_on {
                    chain = 0;
                }
            }
            TokenTree::Punct(punct) => {
                this = punct.as_char();
                match this {
                    ';' => (chain, angles) = (0, 0),
                    ',' => chain = 0,
                    '<' => angles += 1,
                    '>' if !matches!(last, '-' | '=') => angles = angles.saturating_sub(1),
                    _ => {}
                }
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        last = this;
    }
    None
}

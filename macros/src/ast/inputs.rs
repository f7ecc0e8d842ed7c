//! The parameters of a model: its inputs, each by itself, so that one which does not parse leaves the others.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, Ident, Result, Token, Type};

use super::{Dimension, ELEMENTS, Input, bracketed, dimension, parse_all};
use crate::errors::Errors;

/// Cuts at the commas that are not in angle brackets.
pub(super) fn pieces(tokens: TokenStream) -> Vec<TokenStream> {
    let (mut pieces, mut depth, mut before) = (vec![TokenStream::new()], 0usize, ' ');
    for token in tokens {
        let sign = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
        match sign {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = sign;
        if sign == ',' && depth == 0 {
            pieces.push(TokenStream::new());
        } else {
            pieces.last_mut().expect("there is always one").extend([token]);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The inputs; one that does not parse is reported, and only its name is kept.
pub(super) fn inputs(pieces: Vec<TokenStream>, errors: &mut Errors) -> Vec<Input> {
    let inputs = pieces.into_iter().filter_map(|piece| match parse_all(piece.clone(), Input::parse) {
        Ok(input) => Some(input),
        Err(error) => {
            errors.add(&error);
            broken(piece)
        }
    });
    inputs.collect()
}

fn broken(piece: TokenStream) -> Option<Input> {
    let mut words = piece.into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) if word != "mut" => Some(word),
        _ => None,
    });
    let name = words.find(|word| word != "Input").filter(|name| name != "self" && name != "_")?;
    // The axes that it names are not unknown to others.
    let axes = words.filter(|word| {
        word.to_string().starts_with(|c: char| c.is_lowercase()) && ELEMENTS.iter().all(|element| word != element)
    });
    Some(Input { name, dims: axes.map(Dimension::Named).collect(), element: None, broken: true })
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = name(input)?;
        // Where nothing is left, there is no place to point at but the name.
        let here = |input: ParseStream<'_>| if input.is_empty() { name.span() } else { input.span() };
        let hint = format!("write `{name}: Input<64, 64, 3>`, with the shape of one sample and without the batch axis");
        input
            .parse::<Token![:]>()
            .map_err(|_| Error::new(here(input), format!("expected a shape for input `{name}`\nhint: {hint}")))?;
        let expected = |span: Span| Error::new(span, format!("expected the shape of input `{name}`\nhint: {hint}"));
        let at = here(input);
        let tokens = input.fork().parse::<TokenStream>()?;
        let ty: Type = input.parse().map_err(|_| computed(&name, &tokens).unwrap_or_else(|| expected(at)))?;
        if let Some(kind) = plain_type(&ty) {
            return Err(no_tensor(&name, &ty, &kind));
        }
        let arguments = bracketed(&ty, "Input").ok_or_else(|| expected(ty.span()))?;
        let (dims, element) = shape(arguments)?;
        if dims.is_empty() {
            return Err(Error::new(
                ty.span(),
                format!("input `{name}` has no axis\nhint: a single number a sample is Input<1>"),
            ));
        }
        if dims.len() > formwork_shape::MAX_RANK {
            let message = format!(
                "input `{name}` has more than 6 axes, the most there can be\n\
                 hint: fold neighbouring axes into one: Input<6, 4> in place of Input<2, 3, 4>"
            );
            return Err(Error::new(ty.span(), message));
        }
        Ok(Input { name, dims, element, broken: false })
    }
}

/// `Input<WIDTH * 2>`, which Rust reads only in braces.
fn computed(name: &Ident, tokens: &TokenStream) -> Option<Error> {
    let is_operator = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if "+-*/".contains(sign.as_char()));
    let operator = tokens.clone().into_iter().find(is_operator)?;
    Some(Error::new(
        operator.span(),
        format!("a length that is computed is written in braces\nhint: write `{name}: Input<{{ WIDTH * 2 }}>`"),
    ))
}

fn name(input: ParseStream<'_>) -> Result<Ident> {
    let at = input.span();
    if input.peek(Token![&]) || input.peek(Token![self]) {
        return Err(Error::new(
            at,
            "a model has no `self`\nhint: its parameters are its inputs: `fn Model(x: Input<8>)`",
        ));
    }
    if input.peek(Token![mut]) {
        return Err(Error::new(at, "an input is written without `mut`: a name may be assigned to as it is"));
    }
    if input.peek(Token![_]) {
        return Err(Error::new(
            at,
            "an input has a name\nhint: write `x: Input<64, 64, 3>`, and leave out what is not used",
        ));
    }
    let name: Ident = input.parse()?;
    if name == "Input" {
        return Err(Error::new(name.span(), "an input begins with its name\nhint: write `x: Input<64, 64, 3>`"));
    }
    Ok(name)
}

/// The dims, and the type of the elements, which comes last.
fn shape(arguments: Vec<syn::GenericArgument>) -> Result<(Vec<Dimension>, Option<Ident>)> {
    let (mut dims, mut element) = (Vec::new(), None);
    for argument in arguments {
        match element_type(&argument) {
            Some(ty) if element.is_none() => element = Some(ty),
            Some(ty) => return Err(Error::new(ty.span(), "an input has one element type")),
            None if element.is_some() => {
                return Err(Error::new(argument.span(), "the element type comes last: Input<100, u32>"));
            }
            None => dims.push(dimension(&argument)?),
        }
    }
    Ok((dims, element))
}

/// A parameter that is a number or a flag.
fn no_tensor(name: &Ident, ty: &Type, kind: &str) -> Error {
    let hint = match kind {
        "bool" => format!("leave `{name}` out: a Dropout is at work while `fit` trains, and not while `predict` runs"),
        _ => format!(
            "a number by which a model is built is a constant: `const {}: usize = 64;`",
            name.to_string().to_uppercase()
        ),
    };
    Error::new(ty.span(), format!("a model is given tensors, but `{name}` is a `{kind}`\nhint: {hint}"))
}

/// A type that is no tensor's: that of a number or of a flag.
fn plain_type(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let word = path.path.get_ident()?;
    (ELEMENTS.iter().any(|element| word == element) || word == "f32" || word == "f64").then(|| word.to_string())
}

fn element_type(argument: &syn::GenericArgument) -> Option<Ident> {
    match argument {
        syn::GenericArgument::Type(Type::Path(path)) => {
            path.path.get_ident().filter(|ident| ELEMENTS.iter().any(|name| ident == name)).cloned()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::{inputs, pieces};
    use crate::errors::Errors;

    #[test]
    fn one_input_that_does_not_parse_leaves_the_others() {
        let mut errors = Errors::default();
        let pieces = pieces(quote!(a: Input<2, 3>, b: Input<None, 4>, c, d: Input<time,>));
        let inputs = inputs(pieces, &mut errors);
        let found: Vec<_> = inputs.iter().map(|input| (input.name.to_string(), input.broken)).collect();
        let expected = [("a", false), ("b", true), ("c", true), ("d", false)];
        assert_eq!(found, expected.map(|(name, broken)| (name.to_string(), broken)));
        assert_eq!(errors.to_tokens().to_string().matches("compile_error").count(), 2);
    }
}

//! What was written: a signature and statements, parsed but not yet understood.

mod inputs;
mod statements;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Generics, Ident, Result, ReturnType, Stmt, Token, Type, Visibility};

use crate::errors::Errors;

/// A model as it was written.
pub struct Source {
    /// The path of the runtime crate.
    pub krate: TokenStream,
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub name: Ident,
    pub inputs: Vec<Input>,
    pub outputs: Declared,
    pub body: Vec<Stmt>,
    /// Did some statement not parse? Then what follows from its absence is not reported.
    pub incomplete: bool,
    /// The names that statements which did not parse would have given.
    pub lost: Vec<Ident>,
}

/// `image: Input<64, 64, 3>`
pub struct Input {
    pub name: Ident,
    pub dims: Vec<Dimension>,
    /// The integer type of ids, as in `Input<100, u32>`; bool for a mask.
    pub element: Option<Ident>,
    /// Did it not parse? Then nothing is said of what it is used for.
    pub broken: bool,
}

/// One axis between the angle brackets.
#[derive(Clone)]
pub enum Dimension {
    /// A number, or an expression of constants.
    Fixed(Expr),
    /// `_`
    Any(Span),
    /// `time`
    Named(Ident),
}

impl Dimension {
    pub fn span(&self) -> Span {
        match self {
            Dimension::Fixed(expr) => expr.span(),
            Dimension::Any(span) => *span,
            Dimension::Named(name) => name.span(),
        }
    }
}

/// What the signature says of the outputs.
pub enum Declared {
    /// Nothing, or `-> Outputs`.
    Open,
    /// Something that did not parse.
    Broken,
    /// `-> Output<10>`
    One(Vec<Dimension>, Span),
    /// `-> Outputs<class = Output<10>, score = Output<1>>`
    Several(Vec<(Ident, Vec<Dimension>)>),
}

/// How the outputs are declared.
const OUTPUT_FORM: &str =
    "expected `-> Output<10>`, or `-> Outputs<class = Output<10>, score = Output<1>>` for several outputs";

/// Types of ids, and that of masks.
pub const ELEMENTS: [&str; 11] = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "bool"];

/// Types of numbers with a fraction, here and elsewhere.
const FLOATS: [&str; 8] = ["f16", "f32", "f64", "bf16", "float16", "float32", "float64", "bfloat16"];

/// The element type that has another name elsewhere: `i32` for `int32`.
fn whole_number_type(word: &str) -> Option<String> {
    let (sign, bits) = match word.strip_prefix("uint") {
        Some(bits) => ("u", bits),
        None => ("i", word.strip_prefix("int")?),
    };
    ["8", "16", "32", "64"].contains(&bits).then(|| format!("{sign}{bits}"))
}

/// Parses the tokens of `model!`. What does not parse is reported, and the rest goes on; `None` if there is no name.
pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Source> {
    let mut tokens = tokens.into_iter();
    let krate = match tokens.next() {
        Some(TokenTree::Group(path)) => path.stream(),
        _ => unreachable!("`formwork::model!` puts the path of its crate first"),
    };
    let head = |input: ParseStream<'_>| -> Result<(Head, TokenStream)> { Ok((input.parse()?, input.parse()?)) };
    let (head, rest) = match parse_all(tokens.collect(), head) {
        Ok(parsed) => parsed,
        Err(error) => {
            errors.add(&error);
            return None;
        }
    };
    let Head { attrs, vis, name } = head;
    let mut source = Source {
        krate,
        attrs,
        vis,
        name,
        inputs: Vec::new(),
        outputs: Declared::Open,
        body: Vec::new(),
        incomplete: false,
        lost: Vec::new(),
    };
    if rest.is_empty() {
        let name = &source.name;
        errors.push(
            name.span(),
            format!("{name} has no inputs\nhint: write `fn {name}(x: Input<784>) -> Output<10> {{ .. }}`"),
        );
        source.incomplete = true;
        return Some(source);
    }
    let signature = |input: ParseStream<'_>| signature(input, &mut source, errors);
    match parse_all(rest, signature) {
        Ok(body) => {
            statements::statements(body, &mut source, errors);
        }
        Err(error) => {
            errors.add(&error);
            source.incomplete = true;
        }
    }
    Some(source)
}

/// Parses all tokens. Where more were expected, the last one is to blame, and not the whole macro call.
pub fn parse_all<T>(tokens: TokenStream, parse: impl FnOnce(ParseStream<'_>) -> Result<T>) -> Result<T> {
    let last = tokens.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(last);
    let inside = |input: ParseStream<'_>| {
        let content;
        syn::braced!(content in input);
        let parsed = parse(&content)?;
        if content.is_empty() { Ok(parsed) } else { Err(content.error("unexpected token")) }
    };
    inside.parse2(TokenTree::Group(group).into())
}

/// `pub fn Digits`
struct Head {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let form = "a model is written as a function: `pub fn Digits(image: Input<28, 28, 1>) -> Output<10> { .. }`";
        if input.is_empty() {
            return Err(Error::new(Span::call_site(), format!("model! is empty\nhint: {form}")));
        }
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        input
            .parse::<Token![fn]>()
            .map_err(|error| Error::new(error.span(), format!("expected `fn`\nhint: {form}")))?;
        let name: Ident = input
            .parse()
            .map_err(|error| Error::new(error.span(), format!("expected the model's name\nhint: {form}")))?;
        Ok(Head { attrs, vis, name })
    }
}

/// `(image: Input<28, 28, 1>) -> Output<10> { .. }`; returns the tokens of the body.
fn signature(input: ParseStream<'_>, source: &mut Source, errors: &mut Errors) -> Result<TokenStream> {
    no_generics(&input.parse()?, errors);
    source.inputs = parameters(input, &source.name, errors)?;
    source.incomplete = source.inputs.iter().any(|input| input.broken);
    source.outputs = returned(input, errors)?;
    body(input, &source.name)
}

fn no_generics(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        errors.add(&Error::new(
            generics.span(),
            "a model has no type parameters: its element type is f32 or f64 without saying so, and its dims are numbers\n\
             hint: give a number that is used twice a name: `const WIDTH: usize = 64;`",
        ));
    }
}

/// `(x: Input<784>, ..)`
fn parameters(input: ParseStream<'_>, name: &Ident, errors: &mut Errors) -> Result<Vec<Input>> {
    let inputs;
    let parens = syn::parenthesized!(inputs in input);
    let pieces = inputs::pieces(inputs.parse()?);
    if pieces.is_empty() {
        return Err(Error::new(
            parens.span.join(),
            format!(
                "a model starts from at least one input\nhint: write `fn {name}(x: Input<784>)`, with the shape of one sample"
            ),
        ));
    }
    Ok(inputs::inputs(pieces, errors))
}

/// `-> Output<10>`, or nothing.
fn returned(input: ParseStream<'_>, errors: &mut Errors) -> Result<Declared> {
    let at = input.span();
    match input.parse().map_err(|_| Error::new(at, OUTPUT_FORM))? {
        ReturnType::Default => Ok(Declared::Open),
        ReturnType::Type(_, ty) => Ok(declared(&ty).unwrap_or_else(|error| {
            errors.add(&error);
            Declared::Broken
        })),
    }
}

/// What is in the braces, behind which there is nothing.
fn body(input: ParseStream<'_>, name: &Ident) -> Result<TokenStream> {
    if input.peek(Token![=>]) || input.peek(Token![:]) || input.peek(Token![,]) {
        return Err(Error::new(input.span(), OUTPUT_FORM));
    }
    if !input.peek(syn::token::Brace) {
        // Where nothing is left, the place after the end is that of the whole macro.
        let at = if input.is_empty() { name.span() } else { input.span() };
        return Err(Error::new(
            at,
            format!(
                "{name} has no body\nhint: what it computes follows in braces: `{{ Dense(10, activation = softmax)(x) }}`"
            ),
        ));
    }
    let body;
    syn::braced!(body in input);
    let tokens = body.parse()?;
    if !input.is_empty() {
        return Err(input.error("a model ends with its body: one model! holds one model"));
    }
    Ok(tokens)
}

/// The arguments between the angle brackets of `Name<..>`.
fn bracketed(ty: &Type, name: &str) -> Option<Vec<syn::GenericArgument>> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    if segment.ident != name {
        return None;
    }
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter().cloned().collect()),
        _ => None,
    }
}

fn dimension(argument: &syn::GenericArgument) -> Result<Dimension> {
    use syn::GenericArgument as Argument;
    match argument {
        Argument::Const(Expr::Block(block)) if block.block.stmts.len() == 1 => match &block.block.stmts[0] {
            Stmt::Expr(expr, None) => Ok(Dimension::Fixed(expr.clone())),
            other => Err(Error::new(other.span(), "expected a number")),
        },
        Argument::Const(Expr::Unary(minus)) if matches!(minus.op, syn::UnOp::Neg(_)) => Err(Error::new(
            minus.span(),
            "a length is not negative\nhint: an axis that only the data knows is written `_`, or with a name such as `time`",
        )),
        Argument::Const(Expr::Lit(literal)) => match &literal.lit {
            syn::Lit::Int(number) => match no_number(number) {
                Some(message) => Err(Error::new(number.span(), message)),
                None => Ok(Dimension::Fixed(Expr::Lit(literal.clone()))),
            },
            _ => Err(Error::new(literal.span(), "a dimension is a whole number, such as 28")),
        },
        Argument::Const(expr) => Ok(Dimension::Fixed(expr.clone())),
        Argument::Type(Type::Infer(infer)) => Ok(Dimension::Any(infer.span())),
        Argument::Type(Type::Path(path)) => match path.path.get_ident() {
            Some(ident) if ident == "None" => Err(Error::new(
                ident.span(),
                "an axis that only the data knows is written `_`, and the batch axis is never written",
            )),
            Some(ident) if FLOATS.iter().any(|word| ident == word) => Err(Error::new(
                ident.span(),
                "the element type of numbers is the model's: `Model<f32>` (the default) or `Model<f64>`\n\
                 hint: leave it out; only ids have a type of their own, as in Input<100, u32>",
            )),
            Some(ident) if let Some(element) = whole_number_type(&ident.to_string()) => Err(Error::new(
                ident.span(),
                format!(
                    "there is no element type `{ident}`\nhint: whole numbers are declared as in Input<100, {element}>"
                ),
            )),
            Some(ident) if ident == "batch" => {
                Err(Error::new(ident.span(), "the batch axis is never written: give the shape of one sample"))
            }
            Some(ident) if ident.to_string().starts_with(|c: char| c.is_lowercase()) => {
                Ok(Dimension::Named(ident.clone()))
            }
            Some(ident) if ident.to_string().chars().skip(1).any(char::is_lowercase) => Err(Error::new(
                ident.span(),
                format!(
                    "`{ident}` is neither a length nor an integer type\nhint: an axis that only the data knows has a name in small letters, `{}`; a \
                     constant is written in capitals",
                    ident.to_string().to_lowercase()
                ),
            )),
            _ => Ok(Dimension::Fixed(Expr::Path(syn::ExprPath {
                attrs: Vec::new(),
                qself: path.qself.clone(),
                path: path.path.clone(),
            }))),
        },
        other => Err(Error::new(
            other.span(),
            "expected a dimension: a number, a constant, `_` for an axis that only the data knows, or a lower-case name \
             for one that several inputs share",
        )),
    }
}

/// What is wrong with a number such as `28x28`, which is one with a suffix for Rust.
pub fn no_number(number: &syn::LitInt) -> Option<String> {
    let (digits, suffix) = (number.base10_digits(), number.suffix());
    if suffix.is_empty() || ELEMENTS.contains(&suffix) {
        return None;
    }
    let numbers: Vec<&str> = std::iter::once(digits).chain(suffix.split('x').filter(|part| !part.is_empty())).collect();
    let all = numbers.iter().all(|part| part.bytes().all(|c| c.is_ascii_digit()));
    let hint = if all { format!("\nhint: write {}", numbers.join(", ")) } else { String::new() };
    Some(format!("`{number}` is no number{hint}"))
}

fn dimensions(arguments: &[syn::GenericArgument]) -> Result<Vec<Dimension>> {
    arguments.iter().map(dimension).collect()
}

/// `Shape<28, 28, 1>` as the type of a `let`.
pub fn stated_shape(ty: &Type) -> Result<Vec<Dimension>> {
    let arguments = bracketed(ty, "Shape").ok_or_else(|| {
        Error::new(ty.span(), "a tensor's shape is stated as `Shape<28, 28, 1>`, without the batch axis")
    })?;
    dimensions(&arguments)
}

fn declared(ty: &Type) -> Result<Declared> {
    if let Some(arguments) = bracketed(ty, "Output").filter(|arguments| !arguments.is_empty()) {
        return Ok(Declared::One(dimensions(&arguments)?, ty.span()));
    }
    if let Type::Path(path) = ty
        && path.path.is_ident("Outputs")
    {
        return Ok(Declared::Open);
    }
    let wrong = || Error::new(ty.span(), OUTPUT_FORM);
    let mut outputs: Vec<(Ident, Vec<Dimension>)> = Vec::new();
    for argument in bracketed(ty, "Outputs").ok_or_else(wrong)? {
        let syn::GenericArgument::AssocType(output) = argument else { return Err(wrong()) };
        let dims = bracketed(&output.ty, "Output").filter(|dims| !dims.is_empty()).ok_or_else(wrong)?;
        if outputs.iter().any(|(name, _)| *name == output.ident) {
            return Err(Error::new(output.ident.span(), format!("output `{}` is declared twice", output.ident)));
        }
        outputs.push((output.ident, dimensions(&dims)?));
    }
    if outputs.is_empty() {
        return Err(wrong());
    }
    Ok(Declared::Several(outputs))
}

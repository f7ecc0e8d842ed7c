//! What is written out of habit of another language, where it is no Rust: the parser would only say what it expected.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::format_ident;

/// The mistake of a statement that does not parse, in the words of what was meant; `None` if it is none of these.
pub fn habit(statement: &TokenStream) -> Option<(Span, String)> {
    let tokens: Vec<TokenTree> = statement.clone().into_iter().collect();
    beginning(&tokens).or_else(|| inside(&tokens, None))
}

/// A `let` for `var h = ..`, with the word that it stands for.
pub fn declaration(statement: &TokenStream) -> Option<(Ident, TokenStream)> {
    let mut tokens = statement.clone().into_iter();
    match (tokens.next()?, tokens.next()?, tokens.next()?) {
        (TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(equals))
            if equals.as_char() == '=' && ["var", "val", "auto", "const"].iter().any(|other| word == other) =>
        {
            let declared = [TokenTree::from(format_ident!("let", span = word.span())), name.into(), equals.into()];
            Some((word, declared.into_iter().chain(tokens).collect()))
        }
        _ => None,
    }
}

/// By the first words of a statement.
fn beginning(tokens: &[TokenTree]) -> Option<(Span, String)> {
    match tokens {
        [TokenTree::Ident(word), ..] if word == "import" || word == "from" => Some((
            word.span(),
            "a model imports nothing\nhint: layers and functions are known by their names: Dense(64)(x), relu(x)"
                .to_string(),
        )),
        [TokenTree::Punct(hash), TokenTree::Ident(_), ..] if hash.as_char() == '#' => {
            Some((hash.span(), "comments begin with `//`".to_string()))
        }
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "let" && is_reserved(name) => Some((
            name.span(),
            format!("`{name}` is a word of Rust\nhint: give the tensor another name, such as `{name}_`"),
        )),
        [TokenTree::Ident(word), TokenTree::Ident(_), TokenTree::Punct(comma), ..]
            if word == "let" && comma.as_char() == ',' =>
        {
            let names: TokenStream =
                tokens[1..].iter().take_while(|token| !is_sign(Some(token), '=')).cloned().collect();
            let names = names.to_string().replace(" ,", ",");
            Some((
                comma.span(),
                format!("several names take their values in parentheses\nhint: write `let ({names}) = ..;`"),
            ))
        }
        [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(a), TokenTree::Punct(b), ..]
            if word == "let" && matches!((a.as_char(), b.as_char()), (':' | '=', '=') | ('=', '>')) =>
        {
            Some((a.span(), format!("a tensor gets its name by `=`\nhint: write `let {name} = ..;`")))
        }
        [TokenTree::Ident(word), TokenTree::Ident(_), TokenTree::Group(parameters), ..] if word == "fn" => {
            parameter_without_type(parameters)
        }
        _ => None,
    }
}

/// `fn block(x, width) { .. }`
fn parameter_without_type(parameters: &Group) -> Option<(Span, String)> {
    let tokens: Vec<TokenTree> = parameters.stream().into_iter().collect();
    let mut parameters = tokens.split(|token| is_sign(Some(token), ','));
    let untyped = parameters.find_map(|parameter| match parameter {
        [TokenTree::Ident(name)] if name != "self" => Some(name),
        _ => None,
    })?;
    let message = format!(
        "parameter `{untyped}` has no type\nhint: write `{untyped}: Tensor` for a tensor, `{untyped}: usize` for a number"
    );
    Some((untyped.span(), message))
}

/// By signs that Rust does not have, or not there.
fn inside(tokens: &[TokenTree], before: Option<&TokenTree>) -> Option<(Span, String)> {
    let mut before = before;
    for (place, token) in tokens.iter().enumerate() {
        let next = tokens.get(place + 1);
        let found = match token {
            TokenTree::Punct(sign) if sign.as_char() == '@' => {
                Some((sign.span(), "tensors have no operator `@`\nhint: write matmul(a, b)".to_string()))
            }
            TokenTree::Punct(sign)
                if matches!(sign.as_char(), '|' | '-') && is_sign(next, '>') && !is_helper(tokens) =>
            {
                let message = format!(
                    "tensors have no operator `{}>`\nhint: a layer is applied to a tensor: Dense(64)(x)",
                    sign.as_char()
                );
                Some((sign.span(), message))
            }
            TokenTree::Punct(sign) if sign.as_char() == '<' && !is_type(&tokens[..place]) && !is_helper(tokens) => {
                match (before, next, tokens.get(place + 2)) {
                    (Some(TokenTree::Ident(layer)), Some(TokenTree::Literal(setting)), Some(TokenTree::Punct(end)))
                        if end.as_char() == '>' && is_layer(layer) =>
                    {
                        let message = format!("settings are written in parentheses\nhint: write {layer}({setting})(x)");
                        Some((sign.span(), message))
                    }
                    _ => None,
                }
            }
            TokenTree::Ident(word) if word == "where" && matches!(next, Some(TokenTree::Group(_))) => {
                Some((word.span(), "`where` is a word of Rust\nhint: write select(condition, a, b)".to_string()))
            }
            TokenTree::Punct(sign) if sign.as_char() == '#' && matches!(next, Some(TokenTree::Ident(_))) => {
                Some((sign.span(), "comments begin with `//`".to_string()))
            }
            TokenTree::Ident(word) if word == "if" && before.is_some_and(is_value) && has_else(&tokens[place..]) => {
                Some((word.span(), "the condition comes first\nhint: write `if wide { a } else { b }`".to_string()))
            }
            TokenTree::Ident(word) if word == "lambda" => {
                Some((word.span(), "a function is written `|t| t * 2.0`".to_string()))
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket && before.is_some_and(is_value) => {
                let sign = |sign| group.stream().into_iter().find(|token| is_sign(Some(token), sign));
                let turned = group.stream().to_string().replace(' ', "").ends_with("::-1");
                let said = if turned { "an axis is turned round by flip(x, axis = 1)" } else { slice() };
                let colon = sign(':').map(|colon| (colon.span(), said.to_string()));
                // The first token of an argument list is not indexed by what is before the list: Sequential([a, b]).
                let comma = sign(',').filter(|_| place > 0);
                colon.or_else(|| comma.map(|comma| (comma.span(), several_axes(before, group))))
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => comprehension(group),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && !is_helper(&tokens[..place]) => {
                match before {
                    Some(TokenTree::Ident(callee)) => setting(callee, group),
                    _ => None,
                }
            }
            _ => None,
        };
        let found = found.or_else(|| match token {
            TokenTree::Group(group) => inside(&group.stream().into_iter().collect::<Vec<_>>(), before),
            _ => None,
        });
        if found.is_some() {
            return found;
        }
        before = Some(token);
    }
    None
}

/// Does an `else` follow that is not after a block? `a if wide else b`
fn has_else(tokens: &[TokenTree]) -> bool {
    let mut pairs = tokens.windows(2);
    pairs.any(|pair| match pair {
        [TokenTree::Group(group), TokenTree::Ident(word)] => word == "else" && group.delimiter() != Delimiter::Brace,
        [_, TokenTree::Ident(word)] => word == "else",
        _ => false,
    })
}

/// `Dense(units: 8)`
fn setting(callee: &Ident, arguments: &Group) -> Option<(Span, String)> {
    let tokens: Vec<TokenTree> = arguments.stream().into_iter().collect();
    let mut begins = true;
    for (place, token) in tokens.iter().enumerate() {
        if let (true, TokenTree::Ident(name), Some(TokenTree::Punct(colon))) = (begins, token, tokens.get(place + 1))
            && colon.as_char() == ':'
            && colon.spacing() == Spacing::Alone
        {
            let value = tokens.get(place + 2).map_or("..".to_string(), ToString::to_string);
            let message = format!("a setting gets its value by `=`\nhint: write {callee}({name} = {value}, ..)");
            let message = if tokens.len() == 3 { message.replace(", ..)", ")") } else { message };
            return Some((colon.span(), message));
        }
        begins = is_sign(Some(token), ',');
    }
    None
}

/// `[Dense(4)(x) for k in 0..3]`
fn comprehension(list: &Group) -> Option<(Span, String)> {
    let mut tokens = list.stream().into_iter().skip(1);
    let word = tokens.find(|token| matches!(token, TokenTree::Ident(word) if word == "for"))?;
    Some((
        word.span(),
        "a list is filled by a loop\nhint: let mut list = []; for k in 0..3 { list.push(Dense(64)(x)); }".to_string(),
    ))
}

/// Does this begin a helper of the model's own? Its parameters and its output have types.
fn is_helper(tokens: &[TokenTree]) -> bool {
    matches!(tokens.first(), Some(TokenTree::Ident(word)) if word == "fn")
}

fn slice() -> &'static str {
    "a range of places is written with `..`\n\
     hint: a slice names the axes of a sample and not the batch: x[(0..3, ..)] for x[:, 0:3, :], x[(-1, ..)] for x[:, -1, :]"
}

/// `x[.., 0]`
fn several_axes(tensor: Option<&TokenTree>, places: &Group) -> String {
    let tensor = match tensor {
        Some(TokenTree::Ident(name)) => name.to_string(),
        _ => "x".to_string(),
    };
    let places = places.stream().to_string().replace(" ,", ",").replace("- ", "-");
    format!("the places on several axes are written in parentheses\nhint: write {tensor}[({places})]")
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// Does a type begin with the last of these? `h: Shape<5>`
fn is_type(before: &[TokenTree]) -> bool {
    before.len() >= 2 && is_sign(before.get(before.len() - 2), ':')
}

fn is_layer(name: &Ident) -> bool {
    name.to_string().starts_with(|c: char| c.is_uppercase())
}

/// Can it be indexed?
fn is_value(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(name) => !is_reserved(name) && name != "let" && name != "in",
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        _ => false,
    }
}

/// A word that Rust keeps for itself, so that no variable is called so.
fn is_reserved(name: &Ident) -> bool {
    name != "mut" && name != "ref" && name != "_" && syn::parse_str::<Ident>(&name.to_string()).is_err()
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::{declaration, habit};

    fn message(statement: TokenStream) -> String {
        habit(&statement).map(|(_, message)| message).unwrap_or_default()
    }

    #[test]
    fn habits_are_told_by_their_signs() {
        assert!(message(quote!(let h = Dense(4)(x) @ y;)).contains("matmul"));
        assert!(message(quote!(let h = f(x |> Dense(4));)).contains("`|>`"));
        assert!(message(quote!(let h = Dense<5>(x);)).contains("write Dense(5)(x)"));
        assert!(message(quote!(let h = x[:, 3];)).contains("x[(0..3, ..)]"));
        assert!(message(quote!(let h = f(x[0:3]);)).contains("x[(0..3, ..)]"));
        assert!(message(quote!(let h = f(x[::-1]);)).contains("flip(x, axis = 1)"));
        assert!(message(quote!(let h = f(x[.., -1]);)).contains("write x[(.., -1)]"));
        assert!(message(quote!(let h, state = f(x);)).contains("write `let (h, state) = ..;`"));
        assert!(message(quote!(let f = lambda t: t * 2;)).contains("|t|"));
        assert!(message(quote!(import tensorflow as tf;)).contains("imports nothing"));
        assert!(message("# a comment".parse().expect("tokens")).contains("`//`"));
        assert!(message(quote!(let type = f(x);)).contains("`type` is a word of Rust"));
        assert!(message(quote!(let h := f(x);)).contains("let h = ..;"));
        assert!(message(quote!(let h = where(a > 0.0, a, b);)).contains("select(condition, a, b)"));
        assert!(message(quote!(x -> Dense(4))).contains("`->`"));
        assert!(message(quote!(let h = Dense(units: 8)(x);)).contains("write Dense(units = 8)"));
        assert!(
            message(quote!(let h = Conv2D(8, kernel_size: (3, 3))(x);)).contains("Conv2D(kernel_size = (3 , 3), ..)")
        );
        assert!(message(quote!(fn f(x: Tensor, n) { Dense(n)(x) })).contains("`n: usize`"));
        assert!(message(quote!(let h = [Dense(4)(x) for k in 0..3];)).contains("list.push"));
        assert!(message(quote!(let h = f(x) if wide else g(x);)).contains("if wide { a } else { b }"));
        assert!(message("let h = f(x) # wide".parse().expect("tokens")).contains("`//`"));
    }

    #[test]
    fn what_rust_has_is_no_habit() {
        for statement in [
            quote!(let h = [f(x): g(y)]),
            quote!(let h = a < 5 > b),
            quote!(let mut h = f(x)),
            quote!(f(x)(y) z),
            quote!(let h: Shape<5> = f(x) g),
            quote!(for k in [a: b] {}),
            quote!(let h = f(a::B) g),
            quote!(
                fn f(x: Tensor, n: Input<8>) -> Output<8> {
                    Dense(n)(x)
                }
            ),
        ] {
            assert!(habit(&statement).is_none(), "{statement}");
        }
    }

    #[test]
    fn other_words_for_let() {
        let (word, statement) = declaration(&quote!(var h = f(x);)).expect("it declares h");
        assert_eq!((word.to_string().as_str(), statement.to_string().as_str()), ("var", "let h = f (x) ;"));
        assert!(
            declaration(&quote!(
                const N: usize = 3;
            ))
            .is_none()
        );
    }
}

//! The model once more, as plain Rust on the user's own tokens, for editors alone: hovering over a layer or an argument
//! shows its documentation, and variables can be followed and renamed. The compiler never sees it.

use formwork_shape::{Activation, Arg, Argument, Initializer, Layer, OPERATORS, Padding};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::fold::{self, Fold};
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, Pat, Stmt};

use crate::ast::Source;

pub(super) fn mirror(source: &Source) -> TokenStream {
    let name = format_ident!("__{}_editor", source.name);
    let inputs = source.inputs.iter().map(|input| &input.name);
    let krate = &source.krate;
    let mut mirror = Mirror { variables: Vec::new() };
    let body = source.body.iter().map(|statement| mirror.fold_stmt(statement.clone())).collect::<Vec<_>>();
    quote! {
        #[allow(unexpected_cfgs)]
        const _: () = {
            #[cfg(rust_analyzer)]
            #[allow(warnings)]
            fn #name(#(#inputs: #krate::editor::Tensor),*) {
                use #krate::__private as __fw;
                use #krate::editor::{self as __editor, Tensor};
                let _ = { #(#body)* };
            }
        };
    }
}

struct Mirror {
    /// The `let` names so far: a call of one applies a shared layer.
    variables: Vec<Ident>,
}

impl Fold for Mirror {
    fn fold_stmt(&mut self, statement: Stmt) -> Stmt {
        match statement {
            // A stated shape is no type.
            Stmt::Local(mut local) => {
                if let Pat::Type(typed) = local.pat {
                    local.pat = *typed.pat;
                }
                // A layer of several outputs.
                let several = match (&local.pat, &mut local.init) {
                    (Pat::Tuple(names), Some(init)) if is_applied(&init.expr) => Some(names.elems.len()),
                    _ => None,
                };
                let mut local = fold::fold_local(self, local);
                if let (Some(count), Some(init)) = (several, &mut local.init) {
                    let (value, tensors) = (&init.expr, vec![quote!(Tensor); count]);
                    *init.expr = Expr::Verbatim(quote!({ let _ = #value; (#(#tensors),*) }));
                }
                self.remember(&local.pat);
                Stmt::Local(local)
            }
            other => fold::fold_stmt(self, other),
        }
    }

    fn fold_pat(&mut self, pattern: Pat) -> Pat {
        match pattern {
            Pat::Reference(reference) => self.fold_pat(*reference.pat),
            other => fold::fold_pat(self, other),
        }
    }

    fn fold_expr(&mut self, expr: Expr) -> Expr {
        match &expr {
            Expr::Call(call) => match self.call(call) {
                Some(tokens) => Expr::Verbatim(tokens),
                None => fold::fold_expr(self, expr),
            },
            Expr::Path(path) => match path.path.get_ident().and_then(word) {
                Some(tokens) if !self.variables.iter().any(|name| path.path.is_ident(name)) => Expr::Verbatim(tokens),
                _ => expr,
            },
            // A model has values only: what it iterates over are no references.
            Expr::MethodCall(call) if call.method == "copied" || call.method == "cloned" => {
                self.fold_expr((*call.receiver).clone())
            }
            Expr::MethodCall(call) if call.method == "iter" => {
                let each = fold::fold_expr(self, expr.clone());
                Expr::Verbatim(quote!(#each.copied()))
            }
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => self.fold_expr((*unary.expr).clone()),
            Expr::Closure(closure) => {
                let mut closure = closure.clone();
                for parameter in &mut closure.inputs {
                    let name = match parameter {
                        Pat::Ident(name) if Reads::a_layer(&name.ident, &closure.body) => parameter.to_token_stream(),
                        _ => continue,
                    };
                    *parameter = Pat::Verbatim(quote!(#name: Tensor));
                }
                closure.body = Box::new(self.fold_expr(*closure.body));
                Expr::Closure(closure)
            }
            Expr::Struct(outputs) if outputs.path.is_ident("Outputs") => {
                let fields = outputs.fields.iter().map(|field| self.fold_expr(field.expr.clone())).collect::<Vec<_>>();
                Expr::Verbatim(quote!((#(#fields),*)))
            }
            _ => fold::fold_expr(self, expr),
        }
    }
}

impl Mirror {
    fn remember(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Ident(ident) => self.variables.push(ident.ident.clone()),
            Pat::Tuple(tuple) => tuple.elems.iter().for_each(|pattern| self.remember(pattern)),
            _ => {}
        }
    }

    fn call(&mut self, call: &ExprCall) -> Option<TokenStream> {
        match &*call.func {
            Expr::Call(layer) => {
                let layer = self.call(layer).unwrap_or_else(|| layer.to_token_stream());
                Some(self.applied(&layer, call))
            }
            Expr::Path(path) => {
                let name = path.path.get_ident();
                if let Some(name) = name.filter(|name| self.variables.contains(name)) {
                    return Some(self.applied(&name.to_token_stream(), call));
                }
                if let Some(function) = name.and_then(word) {
                    return Some(self.applied(&function, call));
                }
                let first = &path.path.segments.last()?.ident;
                if is_sequential(call) {
                    let layers = call.args.iter().map(|list| self.fold_expr(list.clone())).collect::<Vec<_>>();
                    return Some(quote!(__editor::layer((#(#layers),*))));
                }
                if first.to_string().starts_with(|c: char| !c.is_uppercase()) {
                    return None;
                }
                let builtin = name.filter(|name| !OPERATORS.iter().any(|operator| name == operator));
                match builtin.and_then(|name| Some((name, Layer::named(&name.to_string())?))) {
                    Some((name, layer)) => Some(self.layer(name, layer, call)),
                    None => Some(self.users_layer(path, call)),
                }
            }
            _ => None,
        }
    }

    fn applied(&mut self, layer: &TokenStream, call: &ExprCall) -> TokenStream {
        let tensor = |input: &Expr| crate::build::value_of(input).clone();
        let inputs = call.args.iter().map(|input| self.fold_expr(tensor(input))).collect::<Vec<_>>();
        quote!(__editor::apply(#layer, (#(#inputs,)*)))
    }

    /// A user-defined layer or a nested model: its type, and its settings as they are.
    fn users_layer(&mut self, path: &syn::ExprPath, call: &ExprCall) -> TokenStream {
        let path = super::types::lifted(path);
        let settings = call.args.iter().map(|argument| match argument {
            Expr::Assign(assign) => self.fold_expr((*assign.right).clone()),
            positional => self.fold_expr(positional.clone()),
        });
        let settings = settings.collect::<Vec<_>>();
        quote!(__editor::layer(__editor::custom::<#path, _>((#(#settings,)*))))
    }

    /// `{ let mut layer = Dense::TEMPLATE; assign(&mut layer.units, 64); layer }`
    fn layer(&mut self, name: &Ident, layer: Layer, call: &ExprCall) -> TokenStream {
        let settings = call.args.iter().enumerate().map(|(place, argument)| match argument {
            Expr::Assign(assign) => {
                let (field, value) = (&assign.left, self.fold_expr((*assign.right).clone()));
                let known = |name: &Ident| layer.fields().iter().any(|field| name == field.name);
                match &*assign.left {
                    Expr::Path(path) if path.path.get_ident().is_some_and(known) => {
                        quote!(__editor::assign(&mut layer.#field, #value);)
                    }
                    // A name, or what every layer with weights takes.
                    Expr::Path(path) if path.path.is_ident("name") => quote!(),
                    _ => quote!(let _ = #value;),
                }
            }
            positional => {
                let value = self.fold_expr(positional.clone());
                match layer.fields().get(place) {
                    Some(field) => {
                        let field = format_ident!("{}", field.name);
                        quote!(__editor::assign(&mut layer.#field, #value);)
                    }
                    None => quote!(let _ = #value;),
                }
            }
        });
        let settings = settings.collect::<Vec<_>>();
        quote!(__editor::layer({ let mut layer = __fw::layers::#name::TEMPLATE; #(#settings)* layer }))
    }
}

/// `relu` as `Activation::Relu`, at its own place.
fn word(name: &Ident) -> Option<TokenStream> {
    let text = name.to_string();
    let arg = Arg::Word(&text);
    let value = Activation::read(&arg).map(|value| format!("{value:?}"));
    let value = value.or_else(|| Padding::read(&arg).map(|value| format!("{value:?}")));
    let value = value.or_else(|| Initializer::read(&arg).map(|value| format!("Initializer::{value:?}")))?;
    let tokens: TokenStream = value.parse().ok()?;
    let spanned = tokens.into_iter().map(|mut token| {
        if matches!(&token, TokenTree::Ident(_)) {
            token.set_span(name.span());
        }
        token
    });
    let spanned: TokenStream = spanned.collect();
    let span = name.span();
    Some(quote_spanned!(span=> __fw::shape::#spanned))
}

fn is_sequential(call: &ExprCall) -> bool {
    matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Sequential"))
}

/// Looks for a layer that is applied to a variable, which is a tensor therefore.
struct Reads<'a> {
    name: &'a Ident,
    found: bool,
}

impl Reads<'_> {
    fn a_layer(name: &Ident, body: &Expr) -> bool {
        let mut reads = Reads { name, found: false };
        reads.visit_expr(body);
        reads.found
    }
}

impl<'ast> Visit<'ast> for Reads<'_> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let reads = |input: &Expr| matches!(input, Expr::Path(path) if path.path.is_ident(self.name));
        self.found |= matches!(&*call.func, Expr::Call(_)) && call.args.iter().any(reads);
        visit::visit_expr_call(self, call);
    }
}

/// `Layer(settings)(inputs)`
fn is_applied(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call) if matches!(&*call.func, Expr::Call(_)))
}

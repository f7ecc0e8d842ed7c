//! Numbers and shapes as types.

use formwork_shape::{Shape, is_dynamic};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ExprPath;

/// A number as a type of typenum: its bits, the highest first.
pub fn number(n: usize) -> TokenStream {
    let bits = (usize::BITS - n.leading_zeros()) as usize;
    (0..bits).rev().fold(quote!(__fw::typenum::UTerm), |high, bit| {
        let bit = format_ident!("B{}", (n >> bit) & 1);
        quote!(__fw::typenum::UInt<#high, __fw::typenum::#bit>)
    })
}

pub fn shape(shape: &Shape) -> TokenStream {
    let dims = shape.dims().iter().map(|&dim| if is_dynamic(dim) { quote!(__fw::Dyn) } else { number(dim) });
    quote!((#(#dims,)*))
}

/// A shape as a value.
pub fn shape_value(shape: &Shape) -> TokenStream {
    let dims = shape.dims().iter().map(|&dim| dimension(dim));
    quote!(__fw::ShapeValue::new(&[#(#dims),*]))
}

/// A dimension as a value. Markers of dynamic axes are written by their place, whatever the width of `usize`.
pub fn dimension(dim: usize) -> TokenStream {
    if !is_dynamic(dim) {
        return quote!(#dim);
    }
    match formwork_shape::DYN - dim {
        0 => quote!(__fw::DYN),
        place => {
            let index = place - 1;
            quote!(__fw::axis(#index))
        }
    }
}

/// Is a path among type arguments that of a constant, `FEATURES`, rather than of a type? Only their letters tell; the
/// numbers of typenum, `U64`, are types.
fn is_constant(path: &syn::TypePath) -> bool {
    let Some(last) = path.path.segments.last().filter(|last| last.arguments.is_none()) else { return false };
    let name = last.ident.to_string();
    let number = name.len() > 1 && name[1..].bytes().all(|c| c.is_ascii_digit());
    name.len() > 1 && !number && !name.contains(|c: char| c.is_lowercase())
}

/// The path of a custom layer with numbers lifted to types: `Attention::<128>` takes the type of 128.
pub fn lifted(path: &ExprPath) -> TokenStream {
    let mut path = path.path.clone();
    for segment in &mut path.segments {
        let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
        arguments.colon2_token = None;
        for argument in &mut arguments.args {
            let ty = match argument {
                syn::GenericArgument::Const(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(n), .. })) => {
                    match n.base10_parse::<usize>() {
                        Ok(n) => number(n),
                        Err(_) => continue,
                    }
                }
                syn::GenericArgument::Const(syn::Expr::Block(block)) => quote!(__fw::dim!(#block)),
                syn::GenericArgument::Type(syn::Type::Path(path)) if is_constant(path) => quote!(__fw::dim!(#path)),
                _ => continue,
            };
            *argument = syn::GenericArgument::Type(syn::Type::Verbatim(ty));
        }
    }
    quote!(#path)
}

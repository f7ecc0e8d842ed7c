//! The expansion as a whole.

use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::expand;

/// The tokens of every `model!(..)` in a stream.
fn models(tokens: TokenStream, found: &mut Vec<TokenStream>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let before = |back: usize| place.checked_sub(back).map(|place| tokens[place].to_string());
        match (before(2).as_deref(), before(1).as_deref()) {
            (Some("model"), Some("!")) => found.push(group.stream()),
            _ => models(group.stream(), found),
        }
    }
}

#[test]
fn a_model_expands_to_the_same_tokens_each_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests");
    let mut count = 0;
    for kind in ["pass", "fail/shape", "fail/graph", "fail/syntax"] {
        for file in std::fs::read_dir(folder.join(kind)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            // What is not even Rust has nothing to expand.
            let Ok(file) = std::fs::read_to_string(&path).unwrap().parse() else { continue };
            let mut found = Vec::new();
            models(file, &mut found);
            for model in found {
                let once = || expand(quote!((::formwork) #model)).to_string();
                assert_eq!(once(), once(), "a model in {}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 300, "only {count} models were found");
}

#[test]
fn the_documentation_of_a_model_lists_its_layers() {
    let expanded = expand(quote! {
        (::formwork)
        pub fn Net(image: Input<28, 28, 1>, age: Input<_, 3>) -> Outputs<kind = Output<10>, mean = Output<3>> {
            let kernel = Conv2D(8, 3);
            let kind = Dense(10)(Flatten()(kernel(image)));
            let mean = GlobalAveragePooling1D()(age);
            Outputs { kind, mean }
        }
    });
    let table = [
        "| layer | output shape | reads |",
        "|---|---|---|",
        "| input `image` | (batch, 28, 28, 1) | |",
        "| input `age` | (batch, _, 3) | |",
        "| `kernel` (Conv2D) | (batch, 26, 26, 8) | `image` |",
        "| `flatten` (Flatten) | (batch, 5408) | `Conv2D()` |",
        "| `kind` (Dense) | (batch, 10) | `Flatten()` |",
        "| `mean` (GlobalAveragePooling1D) | (batch, 3) | `age` |",
    ];
    let file: syn::File = syn::parse2(expanded).unwrap();
    let docs: Vec<String> = file
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Struct(item) if item.ident == "Net" => Some(&item.attrs),
            _ => None,
        })
        .flatten()
        .filter_map(|attribute| match &attribute.meta.require_name_value().ok()?.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        })
        .collect();
    assert_eq!(docs.concat().trim().lines().collect::<Vec<_>>(), table);
}

//! What each layer is configured as.

use std::collections::BTreeMap;

use formwork_shape::Layer;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::Writer;
use crate::graph::{Builtin, Custom, Graph, LayerKind};

impl Writer<'_> {
    /// `static __C: __Configs = __Configs { c3: Dense { units: 64, .. }, .. };`, and for user-defined layers what makes
    /// their settings. One item for all layers: each costs the compiler much more than what it holds.
    pub(super) fn configs(&self) -> TokenStream {
        let (mut fields, mut types, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut settings = TokenStream::new();
        for (k, layer) in self.graph.layers.iter().enumerate() {
            match &layer.kind {
                LayerKind::Builtin(builtin) if self.configs[k] == k => {
                    fields.push(config_name(k));
                    types.push(format_ident!("{}", builtin.layer.name()));
                    values.push(configuration(builtin));
                }
                LayerKind::Custom(custom) => settings.extend(self.custom_settings(k, custom)),
                LayerKind::Builtin(_) | LayerKind::Broken => {}
            }
        }
        for (place, node) in self.graph.nodes.iter().enumerate() {
            if let Some(variant) = &node.variant {
                fields.push(variant_name(place));
                types.push(format_ident!("{}", variant.layer.name()));
                values.push(configuration(variant));
            }
        }
        quote! {
            struct __Configs { #(#fields: __fw::layers::#types),* }
            static __C: __Configs = {
                // What `Debug` prints names the words of arguments without their paths.
                use __fw::words::*;
                __Configs { #(#fields: #values),* }
            };
            #settings
        }
    }

    /// The function that makes the settings of a user-defined layer, outside of everything that has type parameters:
    /// what the user wrote may mention a type of the same name.
    fn custom_settings(&self, layer: usize, custom: &Custom) -> TokenStream {
        let place = self.first_use(layer).0;
        let (given, arguments) = (format_ident!("__L{place}"), &custom.arguments);
        let applied = self.applied(place);
        let name = settings_name(layer);
        let set = custom.keywords.iter().map(|(keyword, value)| {
            let at = Span::call_site().located_at(keyword.span());
            quote_spanned!(at=> config.#keyword = #value;)
        });
        // In a macro's span, or the compiler would suggest to remove what lies between the name and the argument.
        let at = Span::call_site().located_at(self.graph.layers[layer].span);
        let make = quote_spanned!(at=> <#given>::layer(#(#arguments),*));
        quote! {
            fn #name() -> #applied::Config {
                __fw::settings({ let mut config = #make; #(#set)* config })
            }
        }
    }

    /// The configuration of a built-in layer in one of its uses, as a value of the enum of all layers.
    pub(super) fn any_layer(&self, place: usize) -> TokenStream {
        let (node, config) = (&self.graph.nodes[place], self.config_of(place));
        match &self.graph.layers[node.layer].kind {
            LayerKind::Builtin(builtin) => {
                let name = format_ident!("{}", builtin.layer.name());
                quote!(__fw::AnyLayer::#name(#config))
            }
            _ => TokenStream::new(),
        }
    }
}

/// The settings of a user-defined layer, as its functions take them.
pub(super) fn custom_config(layer: usize) -> TokenStream {
    let settings = settings_name(layer);
    quote!(#settings())
}

fn settings_name(layer: usize) -> Ident {
    format_ident!("__settings{layer}")
}

/// For each layer the first one with the same configuration: models repeat themselves, and each configuration costs the
/// compiler something.
pub(super) fn shared_configs(graph: &Graph) -> Vec<usize> {
    let mut first = BTreeMap::new();
    let same = graph.layers.iter().enumerate().map(|(k, layer)| match &layer.kind {
        LayerKind::Builtin(builtin) => {
            let opaque = builtin
                .opaque
                .iter()
                .map(|argument| format!("{} {}", argument.field, argument.value.to_token_stream()));
            *first.entry((format!("{:?}", builtin.layer), opaque.collect::<Vec<_>>())).or_insert(k)
        }
        _ => k,
    });
    same.collect()
}

/// The field that holds a layer's configuration.
pub(super) fn config_name(layer: usize) -> Ident {
    format_ident!("c{layer}")
}

/// The field that holds a layer's configuration in one of its uses, where it is not the layer's own.
pub(super) fn variant_name(place: usize) -> Ident {
    format_ident!("u{place}")
}

/// A layer's configuration: what the macro could read, then what only constant evaluation can.
fn configuration(builtin: &Builtin) -> TokenStream {
    let known = expression(&builtin.layer);
    if builtin.opaque.is_empty() {
        return known;
    }
    let set = builtin.opaque.iter().map(|argument| {
        let (field, value) = (&argument.field, &argument.value);
        let at = Span::call_site().located_at(value.span());
        if argument.convert.is_empty() {
            quote_spanned!(at=> config.#field = #value;)
        } else {
            let convert = Ident::new(argument.convert, value.span());
            quote_spanned!(at=> config.#field = __fw::shape::Value(#value).#convert();)
        }
    });
    quote!({ let mut config = #known; #(#set)* config })
}

/// The layer inside another, whose arguments only constant evaluation can read.
pub fn wrapped(builtin: &Builtin) -> TokenStream {
    let (name, body) = (format_ident!("{}", builtin.layer.name()), configuration(builtin));
    quote!({
        use __fw::words::*;
        const INNER: __fw::AnyLayer = __fw::AnyLayer::#name(#body);
        __fw::shape::Inner(&INNER)
    })
}

/// A layer's configuration as an expression, which is what `Debug` prints.
fn expression(layer: &Layer) -> TokenStream {
    let text = format!("{layer:?}");
    let braces = if text.contains('{') { "" } else { " {}" };
    format!("__fw::layers::{text}{braces}").parse().expect("Debug prints an expression")
}

//! Writing the model: a struct with a field a layer, and straight-line passes that call the runtime.

mod api;
mod arrays;
mod backward;
mod constants;
mod forward;
mod groups;
mod ids;
mod layout;
mod mirror;
mod model;
mod nested;
mod passes;
mod reports;
mod settings;
mod structs;
mod stub;
mod training;
mod types;

use layout::{Layout, layout};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
pub use settings::wrapped;
use syn::Ident;

use crate::ast::Source;
use crate::check::Checked;
use crate::errors::Errors;
use crate::graph::{EdgeId, Graph};
use crate::names;
use crate::plan::Plan;

/// Everything that the parts of the output are written from.
struct Writer<'a> {
    source: &'a Source,
    graph: &'a Graph,
    checked: &'a Checked,
    plan: &'a Plan,
    /// The field of each layer.
    fields: Vec<Ident>,
    /// The layer whose configuration each layer has: the first of those alike.
    configs: Vec<usize>,
    layout: Layout,
}

pub fn model(source: &Source, graph: &Graph, checked: &Checked, plan: &Plan) -> TokenStream {
    let (fields, configs) = (names::fields(graph), settings::shared_configs(graph));
    let writer = Writer { source, graph, checked, plan, fields, configs, layout: layout(graph, checked) };
    let structs = writer.structs();
    let training_structs = writer.training_structs();
    let constants = writer.constants();
    let api = writer.inherent();
    let model = writer.model_impl();
    let training = writer.training();
    let nested = writer.nested();
    let mirror = mirror::mirror(source);
    let (krate, alias, places) = (writer.krate(), alias(source), arrays::places(source));
    let warnings = graph.warnings.iter().map(|(span, text)| warning(*span, text));
    quote! {
        #mirror
        #(#warnings)*
        #structs
        #training_structs
        #[allow(
            non_camel_case_types, non_upper_case_globals, unused_imports, unused_variables, unused_mut, dead_code,
            clippy::all, clippy::pedantic, unused_qualifications
        )]
        const _: () = {
            use #krate::__private as __fw;
            #alias
            #constants
            #places
            #api
            #model
            #training
            #nested
        };
    }
}

/// The model as the block calls it: another name where its own is one of a type parameter.
fn inner_name(source: &Source) -> Ident {
    let name = source.name.to_string();
    let (letters, digits) = name.split_at(name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len()));
    let taken =
        matches!(letters, "T" | "I" | "C" | "L" | "V" | "Y" | "Opt") && digits.bytes().all(|c| c.is_ascii_digit());
    if taken { Ident::new("__Model", source.name.span()) } else { source.name.clone() }
}

/// A struct that stands for the model where only its parts count.
fn parts_name(source: &Source) -> Ident {
    format_ident!("__{}", source.name)
}

/// What makes [`inner_name`] a name of the model.
fn alias(source: &Source) -> TokenStream {
    let (alias, name) = (inner_name(source), &source.name);
    if alias == *name { TokenStream::new() } else { quote!(type #alias<__T> = #name<__T>;) }
}

/// A warning of the compiler: the use of an item that is deprecated with this text.
fn warning(span: Span, text: &str) -> TokenStream {
    quote_spanned! {span=>
        #[allow(non_upper_case_globals)]
        const _: () = {
            #[deprecated(note = #text)]
            const mask: () = ();
            mask
        };
    }
}

/// The errors, and enough of the model that its users are not told that it does not exist.
pub fn stub(source: &Source, graph: &Graph, checked: &Checked, errors: &Errors) -> TokenStream {
    let (mirror, stub) = (mirror::mirror(source), stub::stub(source, graph, checked, errors));
    quote!(#mirror #stub)
}

impl Writer<'_> {
    /// The model inside of the block.
    fn name(&self) -> Ident {
        inner_name(self.source)
    }

    fn krate(&self) -> &TokenStream {
        &self.source.krate
    }

    /// `DigitsInputs` and the like.
    fn companion(&self, suffix: &str) -> Ident {
        format_ident!("{}{suffix}", self.source.name)
    }

    /// The witness type of an edge.
    fn edge_type(&self, edge: EdgeId) -> Ident {
        format_ident!("__E{edge}")
    }

    /// A layer's configuration.
    fn config(&self, layer: usize) -> TokenStream {
        let field = settings::config_name(self.configs[layer]);
        quote!(__C.#field)
    }

    /// A layer's configuration in one of its uses.
    fn config_of(&self, place: usize) -> TokenStream {
        let node = &self.graph.nodes[place];
        if node.variant.is_none() {
            return self.config(node.layer);
        }
        let field = settings::variant_name(place);
        quote!(__C.#field)
    }

    /// The type that computes a custom node: the user's, or its stand-in.
    fn custom_type(&self, node: usize) -> Ident {
        format_ident!("__N{node}")
    }

    /// A layer of somebody else's as it is applied.
    fn applied(&self, node: usize) -> TokenStream {
        let (computed, types) = (self.custom_type(node), self.input_types(&self.graph.nodes[node].inputs));
        quote!(<#computed as __fw::Layer<#types>>)
    }

    /// What such a layer keeps from one pass to the next.
    fn custom_work(&self, node: usize) -> TokenStream {
        let (computed, types) = (self.custom_type(node), self.input_types(&self.graph.nodes[node].inputs));
        quote!(__fw::work::<#computed, #types, T>(work))
    }

    /// The tuple of the witness types of a node's inputs.
    fn input_types(&self, edges: &[EdgeId]) -> TokenStream {
        let types = edges.iter().map(|&edge| self.edge_type(edge));
        quote!((#(#types,)*))
    }
}

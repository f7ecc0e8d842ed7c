//! What is left of a model with mistakes: its names and types exist, so that nobody is told that they do not.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::api::dimension_type;
use crate::ast::{Declared, Source};
use crate::errors::Errors;
use crate::graph::{Graph, LayerKind};

pub fn stub(source: &Source, graph: &Graph, errors: &Errors) -> TokenStream {
    let (name, vis, attrs) = (&source.name, &source.vis, &source.attrs);
    let errors = errors.to_tokens();
    let outputs = outputs(source, graph);
    let (batch, sample) = (inputs_struct(source, "Inputs", 1), inputs_struct(source, "Input", 0));
    let (results, result) =
        (outputs_struct(source, &outputs, "Outputs", 1), outputs_struct(source, &outputs, "Output", 0));
    let training = training_structs(source, &outputs);
    let mentioned = mentioned(graph);
    let model = model_impl(source, &outputs);
    quote! {
        #errors
        #(#attrs)*
        #[allow(missing_docs)]
        #vis struct #name<T: ::formwork::Real = f32>(::core::marker::PhantomData<T>);
        #batch
        #sample
        #results
        #result
        #training
        #[allow(unused, unreachable_code, missing_docs, clippy::all)]
        const _: () = {
            use ::formwork::__private as __fw;
            fn mentioned() { #mentioned }
            #model
        };
    }
}

/// The outputs' names and numbers of axes, as far as they are known.
fn outputs(source: &Source, graph: &Graph) -> Vec<(Ident, usize)> {
    match &source.outputs {
        Declared::Several(outputs) => outputs.iter().map(|(name, dims)| (name.clone(), dims.len())).collect(),
        Declared::One(dims, _) => vec![(format_ident!("output"), dims.len())],
        Declared::Open if graph.outputs.is_empty() => vec![(format_ident!("output"), 1)],
        Declared::Open => graph.outputs.iter().map(|output| (output.name.clone(), 1)).collect(),
    }
}

fn inputs_struct(source: &Source, suffix: &str, batch: usize) -> TokenStream {
    let (vis, name) = (&source.vis, format_ident!("{}{suffix}", source.name));
    let fields = source.inputs.iter().map(|input| {
        let (field, dim) = (&input.name, dimension_type(input.dims.len() + batch));
        let element = input.element.as_ref().map_or(quote!(T), |element| quote!(#element));
        quote!(pub #field: &'a ::formwork::__private::ndarray::ArrayRef<#element, #dim>)
    });
    quote! {
        #[allow(missing_docs, dead_code)]
        #vis struct #name<'a, T: ::formwork::Real = f32> {
            #(#fields,)*
            #[doc(hidden)]
            pub __element: ::core::marker::PhantomData<&'a T>,
        }
    }
}

fn outputs_struct(source: &Source, outputs: &[(Ident, usize)], suffix: &str, batch: usize) -> TokenStream {
    let (vis, name) = (&source.vis, format_ident!("{}{suffix}", source.name));
    let fields = outputs.iter().map(|(field, rank)| {
        let dim = dimension_type(rank + batch);
        quote!(pub #field: ::formwork::__private::ndarray::Array<T, #dim>)
    });
    quote! {
        #[allow(missing_docs, dead_code)]
        #vis struct #name<T: ::formwork::Real = f32> { #(#fields),* }
    }
}

fn training_structs(source: &Source, outputs: &[(Ident, usize)]) -> TokenStream {
    let vis = &source.vis;
    let types: Vec<Ident> = (0..outputs.len()).map(|k| format_ident!("Y{k}")).collect();
    let names: Vec<&Ident> = outputs.iter().map(|(name, _)| name).collect();
    let structs = ["Targets", "Losses", "Metrics"].map(|suffix| {
        let name = format_ident!("{}{suffix}", source.name);
        quote! {
            #[allow(missing_docs, dead_code)]
            #vis struct #name<#(#types),*> { #(pub #names: #types),* }
        }
    });
    quote!(#(#structs)*)
}

/// A user's own layers are mentioned, so that their imports do not count as unused.
fn mentioned(graph: &Graph) -> TokenStream {
    let paths = graph.layers.iter().filter_map(|layer| match &layer.kind {
        LayerKind::Custom(custom) => {
            let path = super::types::lifted(&custom.path);
            Some(quote!(let _: ::core::marker::PhantomData<#path>;))
        }
        _ => None,
    });
    paths.collect()
}

fn model_impl(source: &Source, outputs: &[(Ident, usize)]) -> TokenStream {
    let name = &source.name;
    let companion = |suffix: &str| format_ident!("{name}{suffix}");
    let (inputs, sample, results, result) =
        (companion("Inputs"), companion("Input"), companion("Outputs"), companion("Output"));
    let _ = outputs;
    quote! {
        impl #name<f32> {
            pub fn new(_: u64) -> Self { panic!("the model has mistakes") }
            pub const fn layer() {}
        }

        impl<T: __fw::Real> #name<T> {
            pub const PARAMS: usize = 0;
            pub const TRAINABLE_PARAMS: usize = 0;
            pub const FLOPS: usize = 0;
            pub fn seeded(_: u64) -> Self { panic!("the model has mistakes") }
            pub fn predict(&self, _: #inputs<'_, T>) -> __fw::Result<#results<T>> { panic!("the model has mistakes") }
            pub fn predict_one(&self, _: #sample<'_, T>) -> __fw::Result<#result<T>> { panic!("the model has mistakes") }
        }
    }
}

//! What is left of a model with mistakes: its names, types and methods exist, so that nobody is told that they do not.

use formwork_shape::Kind;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::arrays::{array_type, places};
use super::structs::dimension_type;
use crate::ast::{Declared, Source};
use crate::check::Checked;
use crate::errors::Errors;
use crate::graph::{Graph, LayerKind};
use crate::names;

/// What the signature and the body tell of the model in spite of its mistakes.
struct Stub<'a> {
    source: &'a Source,
    graph: &'a Graph,
    /// Does each input hold ids?
    ids: Vec<bool>,
    /// The outputs' names and numbers of axes.
    outputs: Vec<(Ident, usize)>,
}

pub fn stub(source: &Source, graph: &Graph, checked: &Checked, errors: &Errors) -> TokenStream {
    let kind = |edge: usize| checked.edges.get(edge).map_or(Kind::Float, crate::check::Known::kind);
    let ids = source.inputs.iter().enumerate();
    let ids = ids.map(|(edge, input)| input.element.is_some() || kind(edge) == Kind::Int).collect();
    let stub = Stub { source, graph, ids, outputs: outputs(source, graph) };
    let errors = errors.to_tokens();
    let (structs, model, training, mentioned) = (stub.structs(), stub.model(), stub.training(), stub.mentioned());
    let (krate, alias, places) = (&source.krate, super::alias(source), places(source));
    quote! {
        #errors
        #structs
        #[allow(unused, unreachable_code, missing_docs, non_camel_case_types, clippy::all)]
        const _: () = {
            use #krate::__private as __fw;
            #alias
            fn mentioned() { #mentioned }
            #places
            #model
            #training
        };
    }
}

/// The outputs' names and numbers of axes, as far as they are known.
fn outputs(source: &Source, graph: &Graph) -> Vec<(Ident, usize)> {
    match &source.outputs {
        Declared::Several(outputs) => outputs.iter().map(|(name, dims)| (name.clone(), dims.len())).collect(),
        Declared::One(dims, _) => vec![(format_ident!("output"), dims.len())],
        Declared::Open | Declared::Broken if graph.outputs.is_empty() => vec![(format_ident!("output"), 1)],
        Declared::Open | Declared::Broken => graph.outputs.iter().map(|output| (output.name.clone(), 1)).collect(),
    }
}

impl Stub<'_> {
    fn companion(&self, suffix: &str) -> Ident {
        format_ident!("{}{suffix}", self.source.name)
    }

    /// The type parameters of the structs of inputs.
    fn input_generics(&self) -> TokenStream {
        if self.ids.iter().all(|ids| *ids) { quote!() } else { quote!(T) }
    }

    fn output_names(&self) -> Vec<&Ident> {
        self.outputs.iter().map(|(name, _)| name).collect()
    }

    /// `Y0, Y1, ..`: a type parameter an output.
    fn numbered(&self, prefix: &str) -> Vec<Ident> {
        (0..self.outputs.len()).map(|k| format_ident!("{prefix}{k}")).collect()
    }

    fn structs(&self) -> TokenStream {
        let krate = &self.source.krate;
        let (name, vis, attrs) = (&self.source.name, &self.source.vis, &self.source.attrs);
        let weights = self.weights();
        let (batch, sample) = (self.inputs_struct("Inputs", 1), self.inputs_struct("Input", 0));
        let owned = self.sample_struct();
        let (results, result) = (self.outputs_struct("Outputs", 1), self.outputs_struct("Output", 0));
        let (y, names, parts) = (self.numbered("Y"), self.output_names(), super::parts_name(self.source));
        let training = ["Target", "Targets", "Losses", "Metrics"].map(|suffix| {
            let name = self.companion(suffix);
            quote! {
                #[allow(missing_docs, dead_code, non_camel_case_types)]
                #[derive(Clone, Copy, Debug)]
                #vis struct #name<#(#y),*> { #(pub #names: #y),* }
            }
        });
        quote! {
            #(#attrs)*
            #[allow(missing_docs, dead_code)]
            #[derive(Clone, Debug)]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> {
                #(#weights,)*
                __element: ::core::marker::PhantomData<T>,
            }
            #[doc(hidden)]
            #[allow(non_camel_case_types, dead_code)]
            #vis struct #parts;
            #batch
            #sample
            #owned
            #results
            #result
            #(#training)*
        }
    }

    /// The fields of the layers with weights.
    fn weights(&self) -> Vec<TokenStream> {
        let krate = &self.source.krate;
        let fields = names::fields(self.graph).into_iter().zip(&self.graph.layers);
        let weights = fields.filter_map(|(field, layer)| match &layer.kind {
            LayerKind::Builtin(builtin) if builtin.layer.facts().weighted => {
                let ty = format_ident!("{}", builtin.layer.name());
                Some(quote!(pub #field: #krate::weights::#ty<T>))
            }
            _ => None,
        });
        weights.collect()
    }

    /// The place, the name and the element of each input.
    fn inputs(&self) -> Vec<(usize, &Ident, TokenStream)> {
        let mut inputs: Vec<(usize, &Ident, TokenStream)> = Vec::new();
        for (place, (input, ids)) in self.source.inputs.iter().zip(&self.ids).enumerate() {
            let element = match &input.element {
                Some(element) => quote!(::core::primitive::#element),
                None if *ids => quote!(::core::primitive::u32),
                None => quote!(T),
            };
            if inputs.iter().all(|(_, name, _)| **name != input.name) {
                inputs.push((place, &input.name, element));
            }
        }
        inputs
    }

    fn inputs_struct(&self, suffix: &str, batch: usize) -> TokenStream {
        let (vis, name, krate) = (&self.source.vis, self.companion(suffix), &self.source.krate);
        let fields = self.inputs().into_iter().map(|(place, field, element)| {
            let ty = array_type(self.source, &element, place, batch);
            quote!(pub #field: &'a #ty)
        });
        let mut fields: Vec<TokenStream> = fields.collect();
        if fields.is_empty() {
            // The signature did not parse.
            fields.push(quote!(__inputs: ::core::marker::PhantomData<&'a ()>));
        }
        let generics = self.input_generics();
        let generics = if generics.is_empty() { generics } else { quote!(T: #krate::Real = ::core::primitive::f32) };
        quote! {
            #[allow(missing_docs, dead_code, non_camel_case_types)]
            #[derive(Clone, Copy, Debug)]
            #vis struct #name<'a, #generics> { #(#fields,)* }
        }
    }

    fn sample_struct(&self) -> TokenStream {
        let (vis, name, krate) = (&self.source.vis, self.companion("Sample"), &self.source.krate);
        let fields = self.inputs().into_iter().map(|(place, field, element)| {
            let dim = dimension_type(krate, self.source.inputs[place].dims.len());
            quote!(pub #field: #krate::ndarray::Array<#element, #dim>)
        });
        let generics = self.input_generics();
        let generics = if generics.is_empty() { generics } else { quote!(T: #krate::Real = ::core::primitive::f32) };
        quote! {
            #[allow(missing_docs, dead_code, non_camel_case_types)]
            #[derive(Clone, Debug)]
            #vis struct #name<#generics> { #(#fields,)* }
        }
    }

    fn outputs_struct(&self, suffix: &str, batch: usize) -> TokenStream {
        let (vis, name, krate) = (&self.source.vis, self.companion(suffix), &self.source.krate);
        let fields = self.outputs.iter().map(|(field, rank)| {
            let dim = dimension_type(krate, rank + batch);
            quote!(pub #field: #krate::ndarray::Array<T, #dim>)
        });
        quote! {
            #[allow(missing_docs, dead_code, non_camel_case_types)]
            #[derive(Clone, Debug)]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> { #(#fields),* }
        }
    }

    /// A user's own layers are mentioned, so that their imports do not count as unused.
    fn mentioned(&self) -> TokenStream {
        let paths = self.graph.layers.iter().filter_map(|layer| match &layer.kind {
            LayerKind::Custom(custom) => {
                let path = super::types::lifted(&custom.path);
                Some(quote!(let _: ::core::marker::PhantomData<#path>;))
            }
            _ => None,
        });
        paths.collect()
    }

    /// The model's constants and methods; none of them runs, because the program does not compile.
    fn model(&self) -> TokenStream {
        let name = &super::inner_name(self.source);
        let (inputs, sample, results, result) =
            (self.companion("Inputs"), self.companion("Input"), self.companion("Outputs"), self.companion("Output"));
        let generics = self.input_generics();
        let (n_in, n_out) = (self.ids.len(), self.outputs.len());
        let layer = self.layer();
        quote! {
            impl #name<__fw::f32> {
                pub fn new(_: __fw::u64) -> Self { ::core::unreachable!() }
                pub const fn layer() -> __fw::NoSettings { __fw::NoSettings }
            }

            impl<T: __fw::Real> #name<T> {
                pub const PARAMS: __fw::usize = 0;
                pub const TRAINABLE_PARAMS: __fw::usize = 0;
                pub const FLOPS: __fw::usize = 0;
                pub const INPUT_SHAPES: [__fw::ShapeValue; #n_in] = [__fw::ShapeValue::POISON; #n_in];
                pub const OUTPUT_SHAPES: [__fw::ShapeValue; #n_out] = [__fw::ShapeValue::POISON; #n_out];
                pub fn seeded(_: __fw::u64) -> Self { ::core::unreachable!() }
                pub fn predict_one(&self, _: #sample<'_, #generics>) -> __fw::Result<#result<T>> { ::core::unreachable!() }
            }

            impl<T: __fw::Real> __fw::Parameters<T> for #name<T> {
                fn visit<'v>(&'v self, _: &__fw::str, _: &mut dyn __fw::FnMut(&__fw::str, &'v __fw::Variable<T>)) {}
                fn visit_mut<'v>(&'v mut self, _: &__fw::str, _: &mut dyn __fw::FnMut(&__fw::str, &'v mut __fw::Variable<T>)) {}
            }

            impl<T: __fw::Real> __fw::Batch<T> for #inputs<'_, #generics> {
                fn sources(&self) -> impl __fw::AsRef<[__fw::Source<'_, T>]> { [] }
            }

            impl<T: __fw::Real> __fw::Outputs<T> for #results<T> {
                fn new(_: &[__fw::View<'_, T>], _: __fw::usize) -> Self { ::core::unreachable!() }
                fn store(&mut self, _: &[__fw::View<'_, T>], _: __fw::usize, _: __fw::usize) {}
            }

            impl<T: __fw::Real> __fw::Batch<T> for #results<T> {
                fn sources(&self) -> impl __fw::AsRef<[__fw::Source<'_, T>]> { [] }
            }

            impl<T: __fw::Real> __fw::InputsOf<#name<T>> for #inputs<'_, #generics> {}

            impl<T: __fw::Real> __fw::Model for #name<T> {
                type Element = T;
                type Inputs<'a> = #inputs<'a, #generics>;
                type Outputs = #results<T>;
                type InputGradients = ();
                type Inference = ();
                type Training = ();
                const GRAPH: &'static __fw::Graph =
                    &__fw::Graph { name: "", inputs: &[], outputs: &[], layers: &[], axes: &[], edges: &[] };
                fn core(&self) -> &__fw::Core<T, (), ()> { ::core::unreachable!() }
                fn core_mut(&mut self) -> &mut __fw::Core<T, (), ()> { ::core::unreachable!() }
                fn shapes(_: &[__fw::ShapeValue], _: &mut __fw::Vec<__fw::ShapeValue>) -> ::core::result::Result<(), __fw::Msg> {
                    __fw::Ok(())
                }
                fn infer(&self, _: &__fw::Pass<'_>, _: &[__fw::ShapeValue], _: &[__fw::View<'_, T>], _: &mut ()) {}
                fn inferred<'w>(
                    _: &'w (), _: __fw::usize, _: &[__fw::ShapeValue], _: &[__fw::View<'w, T>],
                ) -> __fw::Views<'w, T> {
                    ::core::unreachable!()
                }
                fn train(&mut self, _: &__fw::Pass<'_>, _: &[__fw::ShapeValue], _: &[__fw::View<'_, T>], _: &mut ()) {}
                fn trained<'w>(
                    _: &'w mut (), _: __fw::usize, _: &[__fw::ShapeValue], _: &[__fw::View<'w, T>],
                ) -> __fw::SmallVec<[__fw::OutputSlot<'w, T>; 2]> {
                    ::core::unreachable!()
                }
                fn backward(
                    &self, _: &__fw::Pass<'_>, _: &[__fw::ShapeValue], _: &[__fw::View<'_, T>], _: &mut (),
                    _: __fw::WeightGrads<'_, T>,
                ) {
                }
                fn input_gradients<'w>(
                    _: &'w (), _: __fw::usize, _: &[__fw::ShapeValue],
                ) -> __fw::SmallVec<[__fw::Option<&'w [T]>; 4]> {
                    ::core::unreachable!()
                }
            }

            #layer
        }
    }

    /// In another model it takes anything, and what follows it stays silent.
    fn layer(&self) -> TokenStream {
        if self.outputs.len() > super::nested::LIMIT {
            return TokenStream::new();
        }
        let name = &super::inner_name(self.source);
        let poison = self.outputs.iter().map(|_| quote!(__fw::Poison));
        quote! {
            impl<I: __fw::Shapes> __fw::Layer<I> for #name<__fw::f32> {
                type Out = (#(#poison,)*);
                type Config = __fw::NoSettings;
                type Weights<T: __fw::Real> = __fw::Weights<T>;
                type Work<T: __fw::Real> = ();
                const PARAMS: __fw::usize = 0;
                fn init<T: __fw::Real>(_: &__fw::NoSettings, _: &mut __fw::Random) -> __fw::Weights<T> { ::core::unreachable!() }
                fn infer<T: __fw::Real>(
                    _: &__fw::NoSettings, _: &__fw::Pass<'_>, _: &__fw::Weights<T>, _: &[__fw::View<'_, T>],
                    _: &mut [__fw::ViewMut<'_, T>], _: &mut (),
                ) {
                }
                fn backward<T: __fw::Real>(
                    _: &__fw::NoSettings, _: &__fw::Pass<'_>, _: &__fw::Weights<T>, _: __fw::LayerBackward<'_, '_, T>, _: &mut (),
                ) {
                }
            }
        }
    }

    /// Every loss, metric and target fits a model whose outputs are not known.
    fn training(&self) -> TokenStream {
        let name = &super::inner_name(self.source);
        let (inputs, targets, losses, metrics) =
            (self.companion("Inputs"), self.companion("Targets"), self.companion("Losses"), self.companion("Metrics"));
        let (generics, y, places) = (self.input_generics(), self.numbered("Y"), 0..self.outputs.len());
        let names = self.output_names();
        let (sample, target) = (self.companion("Sample"), self.companion("Target"));
        let fields = quote! {
            const NAMES: &'static [&'static str] = &[];
            const ROLE: &'static str = "";
            fn stack(_: &[Self], _: &mut __fw::Stack<'_>) -> __fw::Result<()> { unreachable!() }
            fn row(_: __fw::SampleRow<'_>) -> Self { unreachable!() }
            fn batch(_: &__fw::Stacked) -> Self::Batch<'_> { unreachable!() }
            fn pad(&mut self, _: &__fw::Padding) {}
        };
        let input_parameters = if generics.is_empty() { quote!() } else { quote!(T: __fw::Real) };
        quote! {
            impl<T: __fw::Real> #name<T> {
                pub fn compile<Opt: __fw::Optimizer<T>, L: __fw::Losses<T>>(
                    self, optimizer: Opt, losses: L,
                ) -> __fw::Compiled<Self, Opt, L> {
                    ::core::unreachable!()
                }
            }

            impl<#input_parameters> __fw::Fields for #sample<#generics> {
                type Batch<'b> = #inputs<'b, #generics>;
                #fields
            }

            impl<#(#y: __fw::Field),*> __fw::Fields for #target<#(#y),*> {
                type Batch<'b> = #targets<#(&'b __fw::ndarray::ArrayRef<#y::Element, #y::Batch>),*>;
                #fields
            }

            impl<'a, #input_parameters> __fw::Columns<'a> for #inputs<'a, #generics> {
                type Sample = #sample<#generics>;
                fn arrays(&self) -> __fw::Arrays<'a> { unreachable!() }
            }

            impl<'a, #(#y: __fw::TargetArray<'a>),*> __fw::Columns<'a> for #targets<#(#y),*> {
                type Sample = #target<#(#y::Row),*>;
                fn arrays(&self) -> __fw::Arrays<'a> { unreachable!() }
            }

            impl<T: __fw::Real, #(#y),*> __fw::Batch<T> for #targets<#(#y),*> {
                fn sources(&self) -> impl __fw::AsRef<[__fw::Source<'_, T>]> { [] }
            }

            impl<T: __fw::Real, #(#y: __fw::Loss<T>),*> __fw::Losses<T> for #losses<#(#y),*> {
                fn each(&self) -> impl __fw::AsRef<[&dyn __fw::Loss<T>]> {
                    [#(&self.#names as &dyn __fw::Loss<T>),*]
                }
            }

            impl<T: __fw::Real, #(#y: __fw::Metrics<T>),*> __fw::Metrics<T> for #metrics<#(#y),*> {
                fn visit(&mut self, _: __fw::usize, f: &mut dyn __fw::FnMut(__fw::usize, &mut dyn __fw::Metric<T>)) {
                    #(self.#names.visit(#places, f);)*
                }
            }

            impl<C, #(#y),*> __fw::TargetsFor<C> for #targets<#(#y),*> {}
            impl<T: __fw::Real, C> __fw::Measured<C> for #name<T> {}
        }
    }
}

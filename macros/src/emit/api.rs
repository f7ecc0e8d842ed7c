//! What users see: the structs, their documentation, constants and constructors.

use formwork_shape::{Kind, Layer};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Writer;
use super::constants::{group_layers, group_name};
use super::passes::Forward;
use crate::ast::{Declared, Dimension, Input};
use crate::check::{Known, inputs_of};
use crate::graph::{EdgeId, Extras, LayerKind, Node};
use crate::names::plain;
use crate::plan::is_alias;

/// What is added up over a model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sum {
    Parameters,
    Trainable,
    Flops,
}

impl Sum {
    /// The constant of a user-defined layer.
    fn constant(self) -> &'static str {
        match self {
            Sum::Parameters => "PARAMS",
            Sum::Trainable => "TRAINABLE_PARAMS",
            Sum::Flops => "FLOPS",
        }
    }
}

impl Writer<'_> {
    /// The structs, outside of the block that hides everything else.
    pub(super) fn structs(&self) -> TokenStream {
        let (attrs, vis, name, krate) = (&self.source.attrs, &self.source.vis, &self.source.name, self.krate());
        let (parts, table) = (self.parts(), self.table());
        let fields = self.weighted().map(|layer| {
            let (field, ty) = (&self.fields[layer], self.weights_type(layer));
            let doc = format!("The weights of this `{}`.", self.graph.layers[layer].label);
            quote!(#[doc = #doc] pub #field: #ty)
        });
        let (inference, training) = (self.workspace(Forward::Inference), self.workspace(Forward::Training));
        let inputs = self.input_struct(&self.companion("Inputs"), 1, "A batch of inputs");
        let sample = self.input_struct(&self.companion("Input"), 0, "One sample");
        let owned = self.sample_struct();
        let outputs = self.output_struct(&self.companion("Outputs"), 1, "The outputs for a batch");
        let output = self.output_struct(&self.companion("Output"), 0, "The outputs for one sample");
        let input_gradients = self.input_gradient_struct();
        quote_spanned! {self.name().span()=>
            #(#attrs)*
            #[doc = #table]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> {
                #(#fields,)*
                #[doc(hidden)]
                pub __core: #krate::__private::Core<T, #inference, #training>,
            }

            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            #vis struct #parts;

            #inputs
            #sample
            #owned
            #outputs
            #output
            #input_gradients
        }
    }

    fn parts(&self) -> Ident {
        format_ident!("__{}", self.source.name)
    }

    /// The layers with weights, in order.
    pub(super) fn weighted(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.graph.layers.len()).filter(|&layer| self.plan.weighted[layer])
    }

    fn weights_type(&self, layer: usize) -> TokenStream {
        let krate = self.krate();
        match &self.graph.layers[layer].kind {
            LayerKind::Builtin(builtin) => {
                let name = weights_name(&builtin.layer);
                quote!(#krate::weights::#name<T>)
            }
            _ => {
                let parts = self.parts();
                quote!(<#parts as #krate::__private::Part<#layer>>::Weights<T>)
            }
        }
    }

    /// A struct with an array a name; `batch` is the number of batch axes.
    fn input_struct(&self, name: &Ident, batch: usize, what: &str) -> TokenStream {
        let (vis, krate) = (&self.source.vis, self.krate());
        let fields = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (field, element) = (&input.name, self.element_of(edge));
            let dim = dimension_type(krate, input.dims.len() + batch);
            let doc = format!("Shape {}.", shape_text(&input.dims, batch));
            quote!(#[doc = #doc] pub #field: &'a #krate::ndarray::ArrayRef<#element, #dim>)
        });
        let doc = format!("{what} for [`{}`]: one array a name.", self.source.name);
        let element = self.numeric_inputs().then(|| quote!(T: #krate::Real = ::core::primitive::f32));
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[derive(Clone, Copy, Debug)]
            #vis struct #name<'a, #element> { #(#fields),* }
        }
    }

    /// What input `edge` holds.
    fn element_of(&self, edge: EdgeId) -> TokenStream {
        match (&self.source.inputs[edge].element, self.checked.edges[edge].kind()) {
            (Some(element), _) => quote!(::core::primitive::#element),
            (None, Kind::Int) => quote!(::core::primitive::u32),
            (None, Kind::Mask) => quote!(::core::primitive::bool),
            (None, Kind::Float) => quote!(T),
        }
    }

    /// One sample that owns its arrays, for data sets.
    fn sample_struct(&self) -> TokenStream {
        let (vis, name, krate) = (&self.source.vis, self.companion("Sample"), self.krate());
        let fields = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (field, element) = (&input.name, self.element_of(edge));
            let dim = dimension_type(krate, input.dims.len());
            let doc = format!("Shape {}.", shape_text(&input.dims, 0));
            quote!(#[doc = #doc] pub #field: #krate::ndarray::Array<#element, #dim>)
        });
        let doc = format!("One sample of a data set for [`{}`]: its inputs.", self.source.name);
        let element = self.numeric_inputs().then(|| quote!(T: #krate::Real = ::core::primitive::f32));
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[derive(Clone, Debug)]
            #vis struct #name<#element> { #(#fields),* }
        }
    }

    /// Does any input hold numbers of the model's element type? Ids alone leave nothing for a type parameter to say.
    pub(super) fn numeric_inputs(&self) -> bool {
        (0..self.source.inputs.len()).any(|edge| self.checked.edges[edge].kind() == Kind::Float)
    }

    /// The element type as an argument of the structs of inputs.
    pub(super) fn input_element(&self) -> Option<TokenStream> {
        self.numeric_inputs().then(|| quote!(T))
    }

    fn output_struct(&self, name: &Ident, batch: usize, what: &str) -> TokenStream {
        let (vis, krate) = (&self.source.vis, self.krate());
        let fields = self.graph.outputs.iter().map(|output| {
            let field = &output.name;
            let dim = dimension_type(krate, self.output_rank(output.edge) + batch);
            quote!(#[doc = "The numbers."] pub #field: #krate::ndarray::Array<T, #dim>)
        });
        let doc = format!("{what} of [`{}`]: one array a name.", self.source.name);
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[derive(Clone, Debug)]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> { #(#fields),* }
        }
    }

    /// The number of axes of an output of one sample.
    fn output_rank(&self, edge: EdgeId) -> usize {
        let known = self.checked.edges[edge].shape().map(|shape| shape.rank());
        known.or_else(|| self.declared_rank(edge)).unwrap_or(1)
    }

    /// The number of axes that the signature gives an edge, if it is an output; another one does not compile.
    pub(super) fn declared_rank(&self, edge: EdgeId) -> Option<usize> {
        let name = &self.graph.outputs.iter().find(|output| output.edge == edge)?.name;
        match &self.source.outputs {
            Declared::One(dims, _) => Some(dims.len()),
            Declared::Several(outputs) => outputs.iter().find(|(other, _)| other == name).map(|(_, dims)| dims.len()),
            Declared::Open => None,
        }
    }

    /// The table of layers for the documentation.
    fn table(&self) -> String {
        let mut table = String::from("\n\n| layer | output shape | reads |\n|---|---|---|\n");
        for input in &self.source.inputs {
            table += &format!("| input `{}` | {} | |\n", input.name, shape_text(&input.dims, 1));
        }
        for node in &self.graph.nodes {
            let shapes: Vec<String> = node.outputs.iter().map(|&edge| self.shape_text(edge)).collect();
            let reads: Vec<String> =
                node.inputs.iter().map(|&edge| format!("`{}`", self.graph.edges[edge].name)).collect();
            let (field, label) = (&self.fields[node.layer], &self.graph.layers[node.layer].label);
            table += &format!(
                "| `{field}` ({}) | {} | {} |\n",
                label.replace('*', "\\*"),
                shapes.join(", "),
                reads.join(", ")
            );
        }
        table
    }

    fn shape_text(&self, edge: EdgeId) -> String {
        match self.checked.input(self.graph, edge) {
            Some(input) => formwork_shape::Msg::EMPTY.shape_of(&input).to_string(),
            None => "by constants".to_string(),
        }
    }

    /// Constructors, constants and the methods whose types are the model's own.
    pub(super) fn inherent(&self) -> TokenStream {
        let name = self.name();
        let fields: Vec<&Ident> = self.weighted().map(|layer| &self.fields[layer]).collect();
        let inits = self.weighted().map(|layer| self.initial_weights(layer));
        let (params, trainable, flops) = (self.sum(Sum::Parameters), self.sum(Sum::Trainable), self.sum(Sum::Flops));
        let (inputs, outputs) = (self.shapes((0..inputs_of(self.graph)).collect()), self.shapes(self.output_edges()));
        let (n_in, n_out) = (inputs_of(self.graph), self.graph.outputs.len());
        let (batch, sample, one) = (self.companion("Inputs"), self.companion("Input"), self.companion("Output"));
        let element = self.input_element();
        let in_names: Vec<&Ident> = self.source.inputs.iter().map(|input| &input.name).collect();
        // An input may have any name, so that none of ours may be one.
        let batches: Vec<Ident> = (0..n_in).map(|k| format_ident!("__batch{k}")).collect();
        let out_names: Vec<&Ident> = self.graph.outputs.iter().map(|output| &output.name).collect();
        let parts = self.part_impls();
        // A variable of the fragments that draw the weights, so that it has to be of the same context as they.
        let random = format_ident!("random");
        let debug = plain(&self.source.name);
        let draw = quote!(let draw = &mut __fw::Draw { random, edges: __EDGES };);
        quote_spanned! {name.span()=>
            #parts

            impl #name<__fw::f32> {
                /// A new model of `f32` whose first weights are drawn from `seed`.
                pub fn new(seed: __fw::u64) -> Self {
                    Self::seeded(seed)
                }
            }

            impl<T: __fw::Real> #name<T> {
                /// The number of parameters, trainable or not.
                pub const PARAMS: __fw::usize = #params;
                /// The number of parameters that training changes by gradients.
                pub const TRAINABLE_PARAMS: __fw::usize = #trainable;
                /// Multiplications and additions to compute one sample; a dynamic axis counts as one.
                pub const FLOPS: __fw::usize = #flops;
                /// The shape of one sample of each input.
                pub const INPUT_SHAPES: [__fw::ShapeValue; #n_in] = #inputs;
                /// The shape of one sample of each output.
                pub const OUTPUT_SHAPES: [__fw::ShapeValue; #n_out] = #outputs;

                /// A new model of this element type whose first weights are drawn from `seed`.
                pub fn seeded(seed: __fw::u64) -> Self {
                    Self::__init(&mut __fw::Random::new(seed, __fw::Purpose::Weights, 0), seed)
                }

                #[doc(hidden)]
                pub fn __init(#random: &mut __fw::Random, seed: __fw::u64) -> Self {
                    #draw
                    #name { #(#fields: #inits,)* __core: __fw::Core::new(seed) }
                }

                /// Computes the outputs for one sample.
                ///
                /// # Errors
                /// If an array's shape is not the one that its input declares, or an id is out of range.
                pub fn predict_one(&self, sample: #sample<'_, #element>) -> __fw::Result<#one<T>> {
                    #(let #batches = sample.#in_names.view().insert_axis(__fw::ndarray::Axis(0));)*
                    let sample = #batch { #(#in_names: &#batches),* };
                    __fw::check_sample::<Self>(&sample)?;
                    let outputs = __fw::Model::predict(self, sample)?;
                    __fw::Ok(#one { #(#out_names: outputs.#out_names.index_axis_move(__fw::ndarray::Axis(0), 0)),* })
                }
            }

            impl<T: __fw::Real> ::core::clone::Clone for #name<T> {
                fn clone(&self) -> Self {
                    #name { #(#fields: ::core::clone::Clone::clone(&self.#fields),)* __core: self.__core.clone() }
                }
            }

            impl<T: __fw::Real> ::core::fmt::Debug for #name<T> {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct(#debug).field("parameters", &Self::PARAMS).finish_non_exhaustive()
                }
            }
        }
    }

    /// The weights of custom layers, for the struct.
    fn part_impls(&self) -> TokenStream {
        let parts = self.parts();
        let impls = self.graph.layers.iter().enumerate().filter_map(|(layer, definition)| {
            let LayerKind::Custom(_) = definition.kind else { return None };
            let place = self.graph.nodes.iter().position(|node| node.layer == layer)?;
            let (computed, inputs) = (self.custom_type(place), self.input_types(&self.graph.nodes[place].inputs));
            Some(quote! {
                impl __fw::Part<#layer> for #parts {
                    type Weights<T: __fw::Real> = <#computed as __fw::Layer<#inputs>>::Weights<T>;
                }
            })
        });
        quote!(#(#impls)*)
    }

    pub(super) fn first_use(&self, layer: usize) -> (usize, &Node) {
        let place = self.layout.first_use[layer];
        (place, &self.graph.nodes[place])
    }

    fn initial_weights(&self, layer: usize) -> TokenStream {
        let (place, node) = self.first_use(layer);
        match &self.graph.layers[layer].kind {
            LayerKind::Builtin(builtin) => {
                let (config, inputs) = (self.config(layer), self.rule_inputs(node));
                let edges = &node.inputs;
                let drawn = quote!(__fw::drawn(draw, &#config, [#(#edges),*]));
                if builtin.extras.is_empty() {
                    return drawn;
                }
                let (name, settings) = (weights_name(&builtin.layer), settings(&builtin.extras));
                quote!({
                    let mut weights: __fw::weights::#name<T> = #drawn;
                    #settings.apply(#config.weights(&#inputs).as_slice(), &mut weights);
                    weights
                })
            }
            _ => {
                let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
                let config = self.custom_config_value(layer);
                quote!(<#computed as __fw::Layer<#types>>::init::<T>(&#config, draw.random))
            }
        }
    }

    /// The sum over all layers (parameters) or uses of layers (flops): a number where the macro can compute it.
    fn sum(&self, what: Sum) -> TokenStream {
        let mut known = 0usize;
        let mut rest = Vec::new();
        for (place, node) in self.graph.nodes.iter().enumerate() {
            if what != Sum::Flops && self.first_use(node.layer).0 != place {
                continue;
            }
            match (&self.graph.layers[node.layer].kind, self.checked.inputs(self.graph, node)) {
                (LayerKind::Builtin(builtin), _) if what == Sum::Trainable && builtin.extras.frozen => {}
                (LayerKind::Builtin(builtin), Some(inputs)) if builtin.opaque.is_empty() => {
                    known += match what {
                        Sum::Parameters => builtin.layer.weights(&inputs).parameters(),
                        Sum::Trainable => builtin.layer.weights(&inputs).trainable_parameters(),
                        Sum::Flops => builtin.layer.flops(&inputs),
                    };
                }
                // It is counted with its group.
                (LayerKind::Builtin(_), _) => {}
                _ => {
                    let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
                    let constant = format_ident!("{}", what.constant());
                    rest.push(quote!(<#computed as __fw::Layer<#types>>::#constant));
                }
            }
        }
        let groups = (0..self.layout.groups.len()).map(|group| {
            let (name, list, most) = (group_name(group), group_layers(group), self.most_inputs(group));
            match what {
                Sum::Parameters => quote!(#name.parameters),
                Sum::Trainable => quote!(#name.trainable),
                Sum::Flops => quote!(#name.flops::<#most>(#list)),
            }
        });
        quote!(#known #(+ #rest)* #(+ #groups)*)
    }

    fn output_edges(&self) -> Vec<EdgeId> {
        self.graph.outputs.iter().map(|output| output.edge).collect()
    }

    fn shapes(&self, edges: Vec<EdgeId>) -> TokenStream {
        let shapes = edges.into_iter().map(|edge| {
            let tensor = self.tensor(edge);
            quote!(#tensor.shape)
        });
        quote!([#(#shapes),*])
    }

    /// The trait that brings prediction and training.
    pub(super) fn model_impl(&self) -> TokenStream {
        let name = self.name();
        let (inference, training) = (self.workspace(Forward::Inference), self.workspace(Forward::Training));
        let (inputs, outputs, element) = (self.companion("Inputs"), self.companion("Outputs"), self.input_element());
        let fields: Vec<&Ident> = self.weighted().map(|layer| &self.fields[layer]).collect();
        let paths: Vec<String> = fields.iter().map(|field| plain(field)).collect();
        let graph = self.description();
        let shapes = self.edge_shapes();
        let infer = self.forward(Forward::Inference);
        let train = self.forward(Forward::Training);
        let inferred = self.output_views(Forward::Inference);
        let trained = self.output_slots();
        let backward = self.backward();
        let input_gradients = self.input_gradients();
        let sources = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let field = &input.name;
            match self.checked.edges[edge].kind() {
                Kind::Float | Kind::Mask => quote!(__fw::Source::Numbers(&self.#field)),
                Kind::Int => quote!(__fw::Source::Ids(&self.#field)),
            }
        });
        let out_names: Vec<&Ident> = self.graph.outputs.iter().map(|output| &output.name).collect();
        let out_places: Vec<usize> = (0..out_names.len()).collect();
        let (input_gradient, input_gradient_impl) = self.input_gradient_type();
        quote! {
            impl<T: __fw::Real> __fw::Layers<T> for #name<T> {
                fn layers<'v>(&'v self, f: __fw::Named<'v, '_, T>) {
                    #(__fw::layer(f, #paths, &self.#fields);)*
                }

                fn layers_mut<'v>(&'v mut self, f: __fw::NamedMut<'v, '_, T>) {
                    #(__fw::layer_mut(f, #paths, &mut self.#fields);)*
                }
            }

            impl<T: __fw::Real> __fw::Parameters<T> for #name<T> {
                fn visit<'v>(&'v self, path: &__fw::str, f: &mut dyn __fw::FnMut(&__fw::str, &'v __fw::Variable<T>)) {
                    __fw::visit_layers(self, path, f);
                }

                fn visit_mut<'v>(&'v mut self, path: &__fw::str, f: &mut dyn __fw::FnMut(&__fw::str, &'v mut __fw::Variable<T>)) {
                    __fw::visit_layers_mut(self, path, f);
                }
            }

            impl<T: __fw::Real> __fw::Batch<T> for #inputs<'_, #element> {
                fn sources(&self) -> impl __fw::AsRef<[__fw::Source<'_, T>]> {
                    [#(#sources),*]
                }
            }

            impl<T: __fw::Real> __fw::Outputs<T> for #outputs<T> {
                fn new(views: &[__fw::View<'_, T>], rows: __fw::usize) -> Self {
                    #outputs { #(#out_names: __fw::to_array(&views[#out_places], rows)),* }
                }

                fn store(&mut self, views: &[__fw::View<'_, T>], first: __fw::usize, rows: __fw::usize) {
                    #(__fw::store(&views[#out_places], first, rows, &mut self.#out_names);)*
                }
            }

            impl<T: __fw::Real> __fw::Batch<T> for #outputs<T> {
                fn sources(&self) -> impl __fw::AsRef<[__fw::Source<'_, T>]> {
                    [#(__fw::Source::Numbers(&self.#out_names)),*]
                }
            }

            #input_gradient_impl

            impl<T: __fw::Real> __fw::Model for #name<T> {
                type Element = T;
                type Inputs<'a> = #inputs<'a, #element>;
                type Outputs = #outputs<T>;
                type InputGradients = #input_gradient;
                type Inference = #inference;
                type Training = #training;
                const GRAPH: &'static __fw::Graph = &#graph;

                fn core(&self) -> &__fw::Core<T, Self::Inference, Self::Training> {
                    &self.__core
                }

                fn core_mut(&mut self) -> &mut __fw::Core<T, Self::Inference, Self::Training> {
                    &mut self.__core
                }

                fn shapes(inputs: &[__fw::ShapeValue], edges: &mut __fw::Vec<__fw::ShapeValue>) -> ::core::result::Result<(), __fw::Msg> {
                    #shapes
                    __fw::Ok(())
                }

                fn infer(&self, pass: &__fw::Pass<'_>, edges: &[__fw::ShapeValue], x: &[__fw::View<'_, T>], ws: &mut Self::Inference) {
                    #infer
                }

                fn inferred<'w>(
                    ws: &'w Self::Inference, batch: __fw::usize, edges: &[__fw::ShapeValue], x: &[__fw::View<'w, T>],
                ) -> __fw::Views<'w, T> {
                    #inferred
                }

                fn train(&mut self, pass: &__fw::Pass<'_>, edges: &[__fw::ShapeValue], x: &[__fw::View<'_, T>], ws: &mut Self::Training) {
                    #train
                }

                fn trained<'w>(
                    ws: &'w mut Self::Training, batch: __fw::usize, edges: &[__fw::ShapeValue], x: &[__fw::View<'w, T>],
                ) -> __fw::SmallVec<[__fw::OutputSlot<'w, T>; 2]> {
                    #trained
                }

                fn backward(
                    &self, pass: &__fw::Pass<'_>, edges: &[__fw::ShapeValue], x: &[__fw::View<'_, T>],
                    ws: &mut Self::Training, dw: &mut [T],
                ) {
                    #backward
                }

                fn input_gradients<'w>(
                    ws: &'w Self::Training, batch: __fw::usize, edges: &[__fw::ShapeValue],
                ) -> __fw::SmallVec<[__fw::Option<&'w [T]>; 4]> {
                    #input_gradients
                }
            }
        }
    }

    /// The struct of the gradients of the inputs, and how the runtime fills it.
    fn input_gradient_type(&self) -> (TokenStream, TokenStream) {
        if !self.numeric_inputs() {
            return (quote!(()), TokenStream::new());
        }
        let gradients = self.companion("InputGradients");
        let names: Vec<&Ident> = self.float_inputs().map(|(_, input)| &input.name).collect();
        let places = 0..names.len();
        let stores = 0..names.len();
        let implementation = quote! {
            impl<T: __fw::Real> __fw::Outputs<T> for #gradients<T> {
                fn new(views: &[__fw::View<'_, T>], rows: __fw::usize) -> Self {
                    #gradients { #(#names: __fw::to_array(&views[#places], rows)),* }
                }

                fn store(&mut self, views: &[__fw::View<'_, T>], first: __fw::usize, rows: __fw::usize) {
                    #(__fw::store(&views[#stores], first, rows, &mut self.#names);)*
                }
            }
        };
        (quote!(#gradients<T>), implementation)
    }

    /// The inputs that hold numbers of the model's element type.
    fn float_inputs(&self) -> impl Iterator<Item = (EdgeId, &Input)> {
        let inputs = self.source.inputs.iter().enumerate();
        inputs.filter(|(edge, _)| self.checked.edges[*edge].kind() == Kind::Float)
    }

    /// The gradients of the inputs: one array a name.
    fn input_gradient_struct(&self) -> TokenStream {
        if !self.numeric_inputs() {
            return TokenStream::new();
        }
        let (vis, name, krate) = (&self.source.vis, self.companion("InputGradients"), self.krate());
        let fields = self.float_inputs().map(|(_, input)| {
            let (field, dim) = (&input.name, dimension_type(krate, input.dims.len() + 1));
            quote!(#[doc = "The numbers."] pub #field: #krate::ndarray::Array<T, #dim>)
        });
        let doc = format!("Gradients with respect to the inputs of [`{}`]: one array a name.", self.source.name);
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[derive(Clone, Debug)]
            #[allow(dead_code)]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> { #(#fields),* }
        }
    }

    /// Which use of its layer each node is.
    fn uses(&self) -> Vec<usize> {
        let mut counts = vec![0; self.graph.layers.len()];
        let next = |layer: usize| {
            counts[layer] += 1;
            counts[layer] - 1
        };
        self.graph.nodes.iter().map(|node| node.layer).map(next).collect()
    }

    /// The static description of the model.
    fn description(&self) -> TokenStream {
        let name = plain(&self.source.name);
        let edges = self.graph.edges.len();
        let inputs = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (name, tensor, limit) = (plain(&input.name), self.tensor(edge), self.id_limit(edge));
            quote!(__fw::Port { name: #name, shape: #tensor.shape, kind: #tensor.kind, limit: #limit })
        });
        let outputs = self.graph.outputs.iter().map(|output| {
            let (name, tensor) = (plain(&output.name), self.tensor(output.edge));
            quote!(__fw::Port { name: #name, shape: #tensor.shape, kind: #tensor.kind, limit: __fw::None })
        });
        let (last, uses) = (self.last_writers(), self.uses());
        let layers = self.graph.nodes.iter().enumerate().map(|(place, node)| {
            let (field, label) = (plain(&self.fields[node.layer]), &self.graph.layers[node.layer].label);
            let tensor = self.tensor(node.outputs[0]);
            let shared = self.first_use(node.layer).0 != place;
            let reads = node.inputs.iter().map(|&edge| match self.graph.edges[edge].from {
                Some((node, k)) => format!("{}[{}][{k}]", plain(&self.fields[self.graph.nodes[node].layer]), uses[node]),
                None => format!("{}[0][0]", self.graph.edges[edge].name),
            });
            let edge = node.outputs[0];
            let home = match self.lasting_slot(place, edge, &last) {
                Some(slot) => quote!(__fw::Some((#edge, #slot))),
                None => quote!(__fw::None),
            };
            quote! {
                __fw::Row {
                    name: #field, layer: #label, shape: #tensor.shape, inputs: &[#(#reads),*], shared: #shared, home: #home,
                }
            }
        });
        quote! {
            __fw::Graph {
                name: #name,
                inputs: &[#(#inputs),*],
                outputs: &[#(#outputs),*],
                layers: &[#(#layers),*],
                axes: __AXES,
                edges: #edges,
            }
        }
    }

    /// Ids must be below the smallest `input_dim` of the Embeddings that read them, here or inside of other layers.
    pub(super) fn id_limit(&self, edge: EdgeId) -> TokenStream {
        let limits = self.id_limits(edge);
        if limits.is_empty() || self.checked.edges[edge].kind() != Kind::Int {
            return quote!(__fw::None);
        }
        quote!(__fw::smallest(&[#(#limits),*]))
    }

    fn id_limits(&self, edge: EdgeId) -> Vec<TokenStream> {
        let limits = self.graph.consumers(edge).flat_map(|place| {
            let node = &self.graph.nodes[place];
            if let LayerKind::Custom(_) = self.graph.layers[node.layer].kind {
                let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
                let inputs = node.inputs.iter().enumerate().filter(|(_, input)| **input == edge);
                return inputs
                    .map(|(k, _)| quote!(__fw::id_limit(<#computed as __fw::Layer<#types>>::ID_LIMITS, #k)))
                    .collect();
            }
            if self.graph.layers[node.layer].label == "Embedding" {
                let config = self.config(node.layer);
                return vec![quote!(__fw::Some(#config.input_dim))];
            }
            if is_alias(self.graph, node, false) { self.id_limits(node.outputs[0]) } else { Vec::new() }
        });
        limits.collect()
    }

    /// The shape of every edge for inputs whose dynamic axes are known.
    fn edge_shapes(&self) -> TokenStream {
        let inputs = inputs_of(self.graph);
        let may_be_dynamic = |edge: EdgeId| match self.checked.edges[edge] {
            Known::Tensor(tensor) => tensor.shape.has_dynamic(),
            _ => true,
        };
        let any_dynamic_input =
            self.source.inputs.iter().any(|input| input.dims.iter().any(|dim| !matches!(dim, Dimension::Fixed(_))));
        let steps = self
            .graph
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| any_dynamic_input && node.outputs.iter().any(|&edge| may_be_dynamic(edge)));
        let steps = steps.map(|(place, node)| {
            let outputs = &node.outputs;
            if let LayerKind::Custom(_) = self.graph.layers[node.layer].kind {
                let (computed, types, inputs) = (self.custom_type(place), self.input_types(&node.inputs), &node.inputs);
                let tensors = outputs.iter().map(|&edge| self.tensor(edge));
                return quote! {
                    let mut resolved = [#(#tensors.shape),*];
                    <#computed as __fw::Layer<#types>>::output_shapes(&[#(edges[#inputs]),*], &mut resolved);
                    for (edge, shape) in [#(#outputs),*].into_iter().zip(resolved) {
                        edges[edge] = shape;
                    }
                };
            }
            let layer = self.any_layer(place);
            let x = node.inputs.iter().map(|&edge| {
                let (name, tensor) = (&self.graph.edges[edge].name, self.tensor(edge));
                quote!(__fw::In { name: #name, shape: edges[#edge], kind: #tensor.kind, axes: __AXES })
            });
            quote! {
                let x = [#(#x),*];
                __fw::resolve(&#layer, &x, edges, &[#(#outputs),*])?;
            }
        });
        quote! {
            edges.clear();
            edges.extend(__EDGES.iter().map(|edge| edge.shape));
            edges[..#inputs].copy_from_slice(inputs);
            #(#steps)*
        }
    }
}

/// What a model says of a layer's weights.
fn settings(extras: &Extras) -> TokenStream {
    let trainable = !extras.frozen;
    let list = |entries: Vec<(&str, String)>| {
        let entries = entries.into_iter().map(|(which, value)| {
            let value: TokenStream = value.parse().expect("Debug prints an expression");
            quote!((#which, { use __fw::shape::{Constraint::*, Dims, Regularizer::*}; #value }))
        });
        quote!(const { &[#(#entries),*] })
    };
    let regularizers = list(extras.regularizers.iter().map(|(which, value)| (*which, format!("{value:?}"))).collect());
    let constraints = list(extras.constraints.iter().map(|(which, value)| (*which, format!("{value:?}"))).collect());
    let seeds = list(extras.seeds.iter().map(|(which, value)| (*which, value.to_string())).collect());
    quote! {
        __fw::Settings { trainable: #trainable, regularizers: #regularizers, constraints: #constraints, seeds: #seeds }
    }
}

/// The type of a layer's weights; those of a layer at every step are the layer's own.
fn weights_name(layer: &Layer) -> Ident {
    match layer {
        Layer::TimeDistributed(wrapper) => weights_name(wrapper.layer.0),
        layer => format_ident!("{}", layer.name()),
    }
}

/// The ndarray type of that many axes.
pub(super) fn dimension_type(krate: &TokenStream, axes: usize) -> TokenStream {
    let ty = if axes <= 6 { format_ident!("Ix{axes}") } else { format_ident!("IxDyn") };
    quote!(#krate::ndarray::#ty)
}

fn shape_text(dims: &[Dimension], batch: usize) -> String {
    let mut text: Vec<String> = vec!["batch".to_string(); batch];
    text.extend(dims.iter().map(|dim| match dim {
        Dimension::Fixed(expr) => quote!(#expr).to_string(),
        Dimension::Any(_) => "_".to_string(),
        Dimension::Named(name) => name.to_string(),
    }));
    format!("({})", text.join(", "))
}

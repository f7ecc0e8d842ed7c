//! Constants, constructors and the methods whose types are the model's own.

use formwork_shape::Layer;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Writer;
use super::groups::{group_layers, group_name};
use super::settings::custom_config;
use crate::check::inputs_of;
use crate::graph::{EdgeId, Extras, LayerKind, Node};
use crate::names::plain;

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

                // A call: what mentions the constant has it computed by each `cargo check`.
                #[doc(hidden)]
                pub const fn __flops() -> __fw::usize {
                    Self::FLOPS
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
            let applied = self.applied(self.first_use(layer).0);
            Some(quote! {
                impl __fw::Part<#layer> for #parts {
                    type Weights<T: __fw::Real> = #applied::Weights<T>;
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
                let (applied, config) = (self.applied(place), custom_config(layer));
                quote!(#applied::init::<T>(&#config, draw.random))
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
                    let (applied, constant) = (self.applied(place), format_ident!("{}", what.constant()));
                    rest.push(quote!(#applied::#constant));
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

    pub(super) fn output_edges(&self) -> Vec<EdgeId> {
        self.graph.outputs.iter().map(|output| output.edge).collect()
    }

    pub(super) fn shapes(&self, edges: Vec<EdgeId>) -> TokenStream {
        let shapes = edges.into_iter().map(|edge| {
            let tensor = self.tensor(edge);
            quote!(#tensor.shape)
        });
        quote!([#(#shapes),*])
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

/// The type of a layer's weights; those of a layer around another are the other's.
pub(super) fn weights_name(layer: &Layer) -> Ident {
    match layer {
        Layer::TimeDistributed(wrapper) => weights_name(wrapper.layer.0),
        Layer::SpectralNormalization(wrapper) => weights_name(wrapper.layer.0),
        layer => format_ident!("{}", layer.name()),
    }
}

//! The implementation of the trait `Model`: passes, shapes, and the static description.

use formwork_shape::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Writer;
use super::passes::Forward;
use crate::ast::Dimension;
use crate::check::{Known, inputs_of};
use crate::graph::{EdgeId, LayerKind};
use crate::names::plain;

impl Writer<'_> {
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
                fn layers<'v>(&'v self, f: &mut __fw::Named<'v, '_, T>) {
                    #(__fw::layer(f, #paths, &self.#fields);)*
                }

                fn layers_mut<'v>(&'v mut self, f: &mut __fw::NamedMut<'v, '_, T>) {
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

            impl<T: __fw::Real> __fw::InputsOf<#name<T>> for #inputs<'_, #element> {}

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
                    ws: &mut Self::Training, dw: __fw::WeightGrads<'_, T>,
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
        let inputs = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (name, tensor) = (plain(&input.name), self.tensor(edge));
            let (limit, unmasked) = (self.id_limit(edge), self.unmasked(edge, ""));
            quote! {
                __fw::Port {
                    name: #name, shape: #tensor.shape, kind: #tensor.kind, limit: #limit, unmasked: #unmasked,
                }
            }
        });
        let outputs = self.graph.outputs.iter().map(|output| {
            let (name, tensor) = (plain(&output.name), self.tensor(output.edge));
            quote! {
                __fw::Port {
                    name: #name, shape: #tensor.shape, kind: #tensor.kind, limit: __fw::None, unmasked: __fw::None,
                }
            }
        });
        let (last, uses) = (self.last_writers(), self.uses());
        let layers = self.graph.nodes.iter().enumerate().map(|(place, node)| {
            let (field, label) = (plain(&self.fields[node.layer]), &self.graph.layers[node.layer].label);
            let shared = self.first_use(node.layer).0 != place;
            let reads = node.inputs.iter().map(|&edge| match self.graph.edges[edge].from {
                Some((node, k)) => {
                    format!("{}[{}][{k}]", plain(&self.fields[self.graph.nodes[node].layer]), uses[node])
                }
                None => format!("{}[0][0]", self.graph.edges[edge].name),
            });
            let edge = node.outputs[0];
            let home = match self.lasting_slot(place, edge, &last) {
                Some(slot) => quote!(__fw::Some(#slot)),
                None => quote!(__fw::None),
            };
            quote! {
                __fw::Row {
                    name: #field, layer: #label, edge: #edge, inputs: &[#(#reads),*], shared: #shared, home: #home,
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
                edges: __EDGES,
            }
        }
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
                let (applied, inputs) = (self.applied(place), &node.inputs);
                let tensors = outputs.iter().map(|&edge| self.tensor(edge));
                return quote! {
                    let mut resolved = [#(#tensors.shape),*];
                    #applied::output_shapes(&[#(edges[#inputs]),*], &mut resolved);
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

//! The model as a layer of other models.

use formwork_shape::{DYN, Shape, is_dynamic};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Writer, types};
use crate::check::inputs_of;
use crate::graph::EdgeId;
use crate::names::plain;

/// A layer has at most this many inputs and outputs; a larger model is used on its own.
pub(super) const LIMIT: usize = 8;

impl Writer<'_> {
    pub(super) fn nested(&self) -> TokenStream {
        let name = self.name();
        let inputs = inputs_of(self.graph);
        if inputs > LIMIT || self.graph.outputs.len() > LIMIT {
            return TokenStream::new();
        }
        let mut axes = Axes::default();
        let input_types: Vec<TokenStream> = (0..inputs).map(|edge| self.open_type(edge, &mut axes, true)).collect();
        let outputs = self.graph.outputs.iter().map(|output| self.open_type(output.edge, &mut axes, false));
        let outputs: Vec<TokenStream> = outputs.collect();
        let places = self.graph.outputs.iter().map(|output| output.edge);
        let dims = &axes.parameters;
        let signature = (0..inputs).map(|edge| self.rule_input(edge));
        let limits = (0..inputs).map(|edge| self.id_limit(edge));
        let prefix = format!("{}.", plain(&self.source.name));
        let unmasked = (0..inputs).map(|edge| self.unmasked(edge, &prefix));
        quote! {
            impl #name<__fw::f32> {
                #[doc(hidden)]
                pub const fn layer() -> __fw::NoSettings { __fw::NoSettings }

                /// What it takes, for the message where it is given something else.
                #[doc(hidden)]
                pub const SIGNATURE: &'static [__fw::In] = &[#(#signature),*];
            }

            impl<#(#dims: __fw::Dim),*> __fw::Layer<(#(#input_types,)*)> for #name<__fw::f32> {
                type Out = (#(#outputs,)*);
                type Config = __fw::NoSettings;
                type Weights<T: __fw::Real> = #name<T>;
                type Work<T: __fw::Real> = __fw::NestedWork<#name<T>>;
                const PARAMS: __fw::usize = #name::<__fw::f32>::PARAMS;
                const TRAINABLE_PARAMS: __fw::usize = #name::<__fw::f32>::TRAINABLE_PARAMS;
                const FLOPS: __fw::usize = #name::<__fw::f32>::__flops();
                const ID_LIMITS: &'static [__fw::Option<__fw::usize>] = &[#(#limits),*];
                const UNMASKED: &'static [__fw::Option<&'static __fw::str>] = &[#(#unmasked),*];

                fn init<T: __fw::Real>(_: &__fw::NoSettings, random: &mut __fw::Random) -> #name<T> {
                    #name::__init(random, 0)
                }

                fn output_shapes(inputs: &[__fw::ShapeValue], outputs: &mut [__fw::ShapeValue]) {
                    __fw::nested_shapes::<#name<__fw::f32>>(inputs, &[#(#places),*], outputs);
                }

                fn infer<T: __fw::Real>(
                    _: &__fw::NoSettings, pass: &__fw::Pass<'_>, weights: &#name<T>, x: &[__fw::View<'_, T>],
                    y: &mut [__fw::ViewMut<'_, T>], work: &mut __fw::NestedWork<#name<T>>,
                ) {
                    __fw::nested_infer(weights, pass, x, y, work);
                }

                fn train<T: __fw::Real>(
                    _: &__fw::NoSettings, pass: &__fw::Pass<'_>, weights: &mut #name<T>, x: &[__fw::View<'_, T>],
                    y: &mut [__fw::ViewMut<'_, T>], work: &mut __fw::NestedWork<#name<T>>,
                ) {
                    __fw::nested_train(weights, pass, x, y, work);
                }

                fn backward<T: __fw::Real>(
                    _: &__fw::NoSettings, pass: &__fw::Pass<'_>, weights: &#name<T>, step: __fw::LayerBackward<'_, '_, T>,
                    work: &mut __fw::NestedWork<#name<T>>,
                ) {
                    __fw::nested_backward(weights, pass, step, work);
                }
            }
        }
    }

    /// The type of an edge in which a dynamic axis of an input is a type parameter: another model may know its length.
    /// An output has the parameter of the input's axis of the same name; other dynamic axes stay dynamic.
    fn open_type(&self, edge: EdgeId, axes: &mut Axes, input: bool) -> TokenStream {
        match self.checked.edges[edge].shape() {
            Some(shape) => axes.open(&shape, input),
            None => {
                let ty = self.edge_type(edge);
                quote!(#ty)
            }
        }
    }
}

/// The dynamic axes of a model's inputs as type parameters.
#[derive(Default)]
struct Axes {
    parameters: Vec<Ident>,
    /// The dimension that stands for a named axis, and its parameter.
    named: Vec<(usize, Ident)>,
}

impl Axes {
    fn open(&mut self, shape: &Shape, input: bool) -> TokenStream {
        let dims = shape.dims().iter().map(|&dim| {
            if !is_dynamic(dim) {
                return types::number(dim);
            }
            let known = self.named.iter().find(|(other, _)| *other == dim).map(|(_, parameter)| parameter);
            match known {
                Some(parameter) => quote!(#parameter),
                None if input => {
                    let parameter = format_ident!("__D{}", self.parameters.len());
                    self.parameters.push(parameter.clone());
                    if dim != DYN {
                        self.named.push((dim, parameter.clone()));
                    }
                    quote!(#parameter)
                }
                None => quote!(__fw::Dyn),
            }
        });
        let dims: Vec<TokenStream> = dims.collect();
        quote!((#(#dims,)*))
    }
}

//! The model as a layer of other models.

use proc_macro2::TokenStream;
use quote::quote;

use super::Writer;
use crate::check::inputs_of;

impl Writer<'_> {
    pub(super) fn nested(&self) -> TokenStream {
        let name = self.name();
        let inputs: Vec<usize> = (0..inputs_of(self.graph)).collect();
        // A layer has at most eight inputs and outputs; a larger model is used on its own.
        if inputs.len() > 8 || self.graph.outputs.len() > 8 {
            return TokenStream::new();
        }
        let types = self.input_types(&inputs);
        let outputs = self.graph.outputs.iter().map(|output| self.edge_type(output.edge));
        quote! {
            impl #name<f32> {
                #[doc(hidden)]
                pub const fn layer() {}
            }

            impl __fw::Layer<#types> for #name<f32> {
                type Out = (#(#outputs,)*);
                type Config = ();
                type Weights<T: __fw::Real> = #name<T>;
                type Work<T: __fw::Real> = __fw::NestedWork<#name<T>>;
                const PARAMS: usize = #name::<f32>::PARAMS;
                const TRAINABLE_PARAMS: usize = #name::<f32>::TRAINABLE_PARAMS;
                const FLOPS: usize = #name::<f32>::FLOPS;

                fn init<T: __fw::Real>(_: &(), random: &mut __fw::Random) -> #name<T> {
                    #name::__init(random, 0)
                }

                fn infer<T: __fw::Real>(
                    _: &(), pass: &__fw::Pass<'_>, weights: &#name<T>, x: &[__fw::View<'_, T>],
                    y: &mut [__fw::ViewMut<'_, T>], work: &mut __fw::NestedWork<#name<T>>,
                ) {
                    __fw::nested_infer(weights, pass, x, y, work);
                }

                fn train<T: __fw::Real>(
                    _: &(), pass: &__fw::Pass<'_>, weights: &mut #name<T>, x: &[__fw::View<'_, T>],
                    y: &mut [__fw::ViewMut<'_, T>], work: &mut __fw::NestedWork<#name<T>>,
                ) {
                    __fw::nested_train(weights, pass, x, y, work);
                }

                fn backward<T: __fw::Real>(
                    _: &(), pass: &__fw::Pass<'_>, weights: &#name<T>, step: __fw::LayerBackward<'_, '_, T>,
                    work: &mut __fw::NestedWork<#name<T>>,
                ) {
                    __fw::nested_backward(weights, pass, step, work);
                }
            }
        }
    }
}

//! The backward pass as straight-line code: from the steps of the plan to one call a layer.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Writer;
use super::passes::{Forward, form, list};
use super::settings::custom_config;
use crate::graph::LayerKind;
use crate::plan::{self, Step, Target};

impl Writer<'_> {
    pub(super) fn backward(&self) -> TokenStream {
        let slots = self.plan.gradients.of.iter().map(|slot| slot.unwrap_or(0));
        let steps = self.plan.backward.iter().map(|step| self.step(step));
        let (homes, none) = (self.home_list(Forward::Training), self.no_weights());
        quote! {
            let back = &mut __fw::Back::new(self, pass, edges, x, ws, dw, (#homes, __MASKS, &[#(#slots),*]));
            #none
            #(#steps)*
        }
    }

    fn step(&self, step: &Step) -> TokenStream {
        match step {
            Step::Pass { from_slot, edge, to, add } => {
                let into = if *add { quote!(__fw::More) } else { quote!(__fw::First) };
                quote!(back.pass_on(#from_slot, #edge, #to, #into);)
            }
            Step::Zero(edge) => quote!(back.zero(#edge);),
            Step::Layer { node, zeroed, dx } => {
                let call = self.backward_call(*node, dx);
                quote!(#(back.zero(#zeroed);)* #call)
            }
        }
    }

    fn backward_call(&self, place: usize, dx: &[Target]) -> TokenStream {
        let call = self.plain_backward_call(place, dx);
        match self.graph.nodes[place].training {
            Some(training) => quote!(__fw::back_with_training(back, #training, |back| { #call });),
            None => call,
        }
    }

    fn plain_backward_call(&self, place: usize, dx: &[Target]) -> TokenStream {
        let (node, fused) = (&self.graph.nodes[place], &self.plan.trained);
        let into: Vec<TokenStream> = dx.iter().map(target).collect();
        if fused.first(place).is_some() {
            return self.fused_backward_call(place, &into);
        }
        if let LayerKind::Custom(_) = &self.graph.layers[node.layer].kind {
            return self.custom_backward_call(place, &into);
        }
        let reads = plan::reads(self.graph, fused, place);
        let reads = match (reads.inputs, reads.outputs) {
            (false, false) => quote!(NOTHING),
            (true, false) => quote!(X),
            (false, true) => quote!(Y),
            (true, true) => quote!(X_AND_Y),
        };
        let (config, weights) = (self.config_of(place), self.weights(node.layer, false));
        let (suffix, x, y) = form(fused.inputs(self.graph, place), &node.outputs);
        let into = if suffix.is_empty() { quote!(#(#into)*) } else { quote!([#(#into),*]) };
        let (method, weighted) = (format_ident!("backward{suffix}"), self.place_among_weighted(node.layer));
        quote!(__fw::#method(back, &#config, #weights, #place, #weighted, __fw::#reads, #x, #y, #into);)
    }

    fn custom_backward_call(&self, place: usize, into: &[TokenStream]) -> TokenStream {
        let node = &self.graph.nodes[place];
        let (layer, work, weighted) =
            (self.applied(place), self.custom_work(place), self.place_among_weighted(node.layer));
        let (config, weights) = (custom_config(node.layer), self.own_weights(node.layer, false));
        let (x, y) = (list(&node.inputs), list(&node.outputs));
        quote! {
            __fw::custom_backward(back, #place, #weighted, #x, #y, [#(#into),*], |pass, step, work| {
                #layer::backward::<T>(&#config, pass, #weights, step, #work,);
            });
        }
    }

    /// The way back through a layer and what is computed together with it: the gradients of weights are those of the layer.
    fn fused_backward_call(&self, place: usize, into: &[TokenStream]) -> TokenStream {
        let (first, after) = self.first_and_after(place, Forward::Training);
        let layer = self.graph.nodes[first].layer;
        let (config, weights) = (self.config(layer), self.own_weights(layer, false));
        let (x, y) = (self.plan.trained.inputs(self.graph, place)[0], self.graph.nodes[place].outputs[0]);
        let weighted = self.place_among_weighted(layer);
        quote! {
            __fw::backward_with(back, &#config, #weights, &#after, #place, #weighted, #x, #y, #(#into),*);
        }
    }

    /// The place of a layer among those that have weights; one behind the last stands for those that have none.
    fn place_among_weighted(&self, layer: usize) -> usize {
        let before = if self.plan.weighted[layer] { layer } else { self.graph.layers.len() };
        self.plan.weighted[..before].iter().filter(|weighted| **weighted).count()
    }
}

/// What a call is told of the gradient of an input.
fn target(target: &Target) -> TokenStream {
    match target {
        Target::Unread => quote!(__fw::Unread),
        Target::Spare(slot) => quote!(__fw::Spare(#slot)),
        Target::Edge { add: false } => quote!(__fw::First),
        Target::Edge { add: true } => quote!(__fw::More),
    }
}

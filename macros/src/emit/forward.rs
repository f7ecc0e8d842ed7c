//! The forward pass as straight-line code: from the plan of inference or of training to one call a layer.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Writer;
use super::passes::{Forward, form, list};
use super::settings::custom_config;
use crate::graph::LayerKind;
use crate::plan::{self, Home, Stretch};

impl Writer<'_> {
    pub(super) fn forward(&self, forward: Forward) -> TokenStream {
        let mut calls = Vec::new();
        let mut place = 0;
        while place < self.graph.nodes.len() {
            let stretches = self.plan.stretches.iter().filter(|_| forward == Forward::Inference);
            match stretches.into_iter().find(|stretch| stretch.nodes.start == place) {
                Some(stretch) => {
                    calls.push(self.stretch(stretch));
                    place = stretch.nodes.end;
                }
                None => {
                    calls.extend(self.forward_call(place, forward));
                    place += 1;
                }
            }
        }
        let (homes, none) = (self.home_list(forward), self.no_weights());
        quote! {
            let run = &mut __fw::Run::new(pass, edges, x, ws, #homes, __MASKS);
            #none
            #(#calls)*
        }
    }

    /// Layers that are computed for a few samples at a time, whose own inputs are those of the stretch.
    fn stretch(&self, stretch: &Stretch) -> TokenStream {
        let calls = stretch.nodes.clone().filter_map(|place| self.forward_call(place, Forward::Inference));
        let (inputs, output) = (&stretch.inputs, stretch.output);
        let homes = (0..self.graph.edges.len()).map(|edge| {
            let root = self.plan.inference.root[edge];
            match (inputs.iter().position(|&input| input == root), self.plan.inference.of[edge]) {
                (Some(input), _) => input,
                (None, Home::Slot(slot)) => inputs.len() + slot,
                // Nobody reads it here.
                (None, _) => 0,
            }
        });
        let inside = stretch.nodes.clone().flat_map(|place| self.graph.nodes[place].outputs.iter().copied());
        let inside = inside.filter(|&edge| {
            edge != output && self.plan.inference.root[edge] == edge && self.plan.inference.of[edge] != Home::Nowhere
        });
        quote! {{
            const STRETCH: &__fw::Stretch = &__fw::Stretch {
                inputs: &[#(#inputs),*], inside: &[#(#inside),*], output: #output, homes: &[#(#homes),*],
            };
            __fw::by_samples(run, STRETCH, |run| { #(#calls)* });
        }}
    }

    /// The call that computes a node, if there is one.
    fn forward_call(&self, place: usize, forward: Forward) -> Option<TokenStream> {
        let node = &self.graph.nodes[place];
        let training = forward == Forward::Training;
        if plan::is_alias(self.graph, node, training) {
            let (x, y) = (node.inputs[0], node.outputs[0]);
            return training.then(|| quote!(run.alias(#x, #y);));
        }
        if self.fused(forward).is_absorbed(place) {
            return None;
        }
        let call = self.plain_forward_call(place, forward);
        Some(match node.training {
            // At inference a layer does what it does at inference.
            Some(given) if given || training => {
                quote!(__fw::with_training(run, #given, |run| { #call });)
            }
            _ => call,
        })
    }

    fn plain_forward_call(&self, place: usize, forward: Forward) -> TokenStream {
        let (node, training) = (&self.graph.nodes[place], forward == Forward::Training);
        let method = if training || node.training == Some(true) { "train" } else { "infer" };
        if self.fused(forward).first(place).is_some() {
            return self.fused_forward_call(place, forward);
        }
        if let LayerKind::Custom(_) = &self.graph.layers[node.layer].kind {
            return self.custom_forward_call(place, method, training);
        }
        let mut weights = self.weights(node.layer, training);
        if !training && node.training == Some(true) && self.plan.weighted[node.layer] {
            weights = copied(&weights);
        }
        let config = self.config_of(place);
        let (suffix, x, y) = form(self.fused(forward).inputs(self.graph, place), &node.outputs);
        let method = format_ident!("{method}{suffix}");
        quote!(__fw::#method(run, &#config, #weights, #place, #x, #y);)
    }

    fn custom_forward_call(&self, place: usize, method: &str, training: bool) -> TokenStream {
        let node = &self.graph.nodes[place];
        let (layer, work, method) = (self.applied(place), self.custom_work(place), format_ident!("{method}"));
        let (config, mut weights) = (custom_config(node.layer), self.own_weights(node.layer, training));
        if !training && node.training == Some(true) {
            weights = copied(&weights);
        }
        let (x, y, own) = (list(&node.inputs), list(&node.outputs), self.own_weights(node.layer, false));
        let trainable = if training { quote!(__fw::Parameters::is_trainable(#own)) } else { quote!(false) };
        quote! {
            __fw::custom(run, #place, #trainable, #x, #y, |pass, x, y, work| {
                #layer::#method::<T>(&#config, pass, #weights, x, y, #work,);
            });
        }
    }

    /// A layer with what is computed together with it.
    fn fused_forward_call(&self, place: usize, forward: Forward) -> TokenStream {
        let (first, after) = self.first_and_after(place, forward);
        let (layer, training) = (self.graph.nodes[first].layer, forward == Forward::Training);
        let method = format_ident!("{}", if training { "train_with" } else { "infer_with" });
        let (config, weights) = (self.config(layer), self.own_weights(layer, training));
        let (x, y) = (self.fused(forward).inputs(self.graph, place)[0], self.graph.nodes[place].outputs[0]);
        quote!(__fw::#method(run, &#config, #weights, &#after, #place, #x, #y);)
    }
}

/// Training may change weights; a prediction leaves them as they are.
fn copied(weights: &TokenStream) -> TokenStream {
    quote!(&mut __fw::Clone::clone(#weights))
}

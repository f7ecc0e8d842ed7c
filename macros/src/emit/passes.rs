//! The passes as straight-line code: one call a layer, one buffer a slot of the plan.

use formwork_shape::Layer;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Writer;
use crate::check::inputs_of;
use crate::graph::{Custom, EdgeId, LayerKind, Node};
use crate::plan::{self, Fused, Home, Homes, Step, Stretch, Target};

/// Which forward pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Forward {
    Inference,
    Training,
}

impl Writer<'_> {
    fn homes(&self, forward: Forward) -> &Homes {
        match forward {
            Forward::Inference => &self.plan.inference,
            Forward::Training => &self.plan.training,
        }
    }

    /// The last node that writes each slot in training: what it leaves there lasts.
    pub(super) fn last_writers(&self) -> Vec<usize> {
        let homes = self.homes(Forward::Training);
        let mut last = vec![0; homes.slots];
        for (place, node) in self.graph.nodes.iter().enumerate() {
            for &edge in node.outputs.iter().filter(|_| !plan::is_alias(self.graph, node, true)) {
                if let Home::Slot(slot) = homes.of[edge] {
                    last[slot] = place;
                }
            }
        }
        last
    }

    /// The slot of an edge in training, if no later layer has used it for another tensor.
    pub(super) fn lasting_slot(&self, place: usize, edge: EdgeId, last: &[usize]) -> Option<usize> {
        match self.homes(Forward::Training).of[edge] {
            Home::Slot(slot) if last[slot] <= place => Some(slot),
            _ => None,
        }
    }

    fn fused(&self, forward: Forward) -> &Fused {
        match forward {
            Forward::Inference => &self.plan.inferred,
            Forward::Training => &self.plan.trained,
        }
    }

    /// `Workspace<T, values, gradients, layers>`
    pub(super) fn workspace(&self, forward: Forward) -> TokenStream {
        let (values, nodes) = (self.homes(forward).slots, self.graph.nodes.len());
        let grads = if forward == Forward::Training { self.plan.gradients.slots } else { 0 };
        let krate = self.krate();
        quote!(#krate::__private::Workspace<T, #values, #grads, #nodes>)
    }

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

    /// The home of every edge as a number: the model's inputs, then the slots.
    fn home_list(&self, forward: Forward) -> TokenStream {
        let inputs = inputs_of(self.graph);
        let homes = self.homes(forward).of.iter().map(|home| match home {
            Home::Input(input) => *input,
            Home::Slot(slot) => inputs + slot,
            // It is never whole, and never read.
            Home::Nowhere => 0,
        });
        quote!(&[#(#homes),*])
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

    /// `__MASKS`, the edges that are masks.
    pub(super) fn masks(&self) -> TokenStream {
        let masks = (0..self.graph.edges.len()).filter(|&edge| plan::is_mask(self.checked, edge));
        quote!(const __MASKS: &[__fw::usize] = &[#(#masks),*];)
    }

    /// What layers without weights are given for them.
    fn no_weights(&self) -> TokenStream {
        let builtin = |layer: usize| !matches!(self.graph.layers[layer].kind, LayerKind::Custom(_));
        let any = (0..self.graph.layers.len()).any(|layer| !self.plan.weighted[layer] && builtin(layer));
        if any { quote!(let none = &mut __fw::Weights::<T>::none();) } else { TokenStream::new() }
    }

    /// The call that computes a node, if there is one.
    fn forward_call(&self, place: usize, forward: Forward) -> Option<TokenStream> {
        let node = &self.graph.nodes[place];
        let is_alias = plan::is_alias(self.graph, node, forward == Forward::Training);
        if is_alias || self.fused(forward).is_absorbed(place) {
            return None;
        }
        let call = self.plain_forward_call(place, node, forward);
        Some(match node.training {
            // At inference a layer does what it does at inference.
            Some(training) if training || forward == Forward::Training => {
                quote!(__fw::with_training(run, #training, |run| { #call });)
            }
            _ => call,
        })
    }

    fn plain_forward_call(&self, place: usize, node: &Node, forward: Forward) -> TokenStream {
        let training = forward == Forward::Training;
        let method = if training || node.training == Some(true) { "train" } else { "infer" };
        if self.fused(forward).first(place).is_some() {
            return self.fused_call(place, node.outputs[0], forward);
        }
        if let LayerKind::Custom(_) = &self.graph.layers[node.layer].kind {
            let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
            let config = self.custom_config_value(node.layer);
            let weights = self.custom_weights(node.layer, training);
            let method = format_ident!("{method}");
            let (x, y) = (list(&node.inputs), list(&node.outputs));
            return quote! {
                __fw::custom(run, #place, #x, #y, |pass, x, y, work| {
                    <#computed as __fw::Layer<#types>>::#method::<T>(
                        &#config, pass, #weights, x, y, __fw::work::<#computed, #types, T>(work),
                    );
                });
            };
        }
        let (config, mut weights) = (self.config_of(place), self.weights(node.layer, training));
        if !training && node.training == Some(true) && self.plan.weighted[node.layer] {
            // Training may change weights; a prediction leaves them as they are.
            weights = quote!(&mut __fw::Clone::clone(#weights));
        }
        let (suffix, x, y) = form(self.fused(forward).inputs(self.graph, place), &node.outputs);
        let method = format_ident!("{method}{suffix}");
        quote!(__fw::#method(run, &#config, #weights, #place, #x, #y);)
    }

    /// A layer with what is computed together with it.
    fn fused_call(&self, place: usize, y: EdgeId, forward: Forward) -> TokenStream {
        let (first, after) = self.first_and_after(place, forward);
        let layer = self.graph.nodes[first].layer;
        let method = format_ident!("{}", if forward == Forward::Training { "train_with" } else { "infer_with" });
        let (config, weights) = (self.config(layer), self.custom_weights(layer, forward == Forward::Training));
        let x = self.fused(forward).inputs(self.graph, place)[0];
        quote!(__fw::#method(run, &#config, #weights, &#after, #place, #x, #y);)
    }

    /// The place of the first layer that is computed together with a node, and what comes after it.
    fn first_and_after(&self, place: usize, forward: Forward) -> (usize, TokenStream) {
        let fused = self.fused(forward);
        let first = fused.first(place).expect("the node is computed together with one");
        let (mut normalization, mut pool) = (quote!(__fw::None), quote!(__fw::None));
        for &member in &fused.group(place)[1..] {
            let node = &self.graph.nodes[member];
            let (config, weights) = (self.config(node.layer), self.custom_weights(node.layer, false));
            match self.graph.builtin(node).map(|builtin| &builtin.layer) {
                Some(Layer::BatchNormalization(_)) => normalization = quote!(__fw::Some((&#config, #weights))),
                Some(Layer::MaxPooling1D(_) | Layer::MaxPooling2D(_) | Layer::MaxPooling3D(_)) => {
                    pool = quote!(__fw::Some(&#config));
                }
                _ => {}
            }
        }
        let activation: TokenStream =
            format!("{:?}", fused.activation(place)).parse().expect("Debug prints an expression");
        let after =
            quote!(__fw::After { normalization: #normalization, activation: __fw::shape::#activation, pool: #pool });
        (first, after)
    }

    /// The settings of a user-defined layer.
    pub(super) fn custom_config_value(&self, layer: usize) -> TokenStream {
        let settings = settings_name(layer);
        quote!(#settings())
    }

    /// The function that makes the settings of a user-defined layer, outside of everything that has type parameters:
    /// what the user wrote may mention a type of the same name.
    pub(super) fn custom_settings(&self, layer: usize, custom: &Custom) -> TokenStream {
        let place = self.graph.nodes.iter().position(|node| node.layer == layer).expect("every layer is used");
        let (given, arguments) = (format_ident!("__L{place}"), &custom.arguments);
        let (computed, types) = (self.custom_type(place), self.input_types(&self.graph.nodes[place].inputs));
        let name = settings_name(layer);
        let set = custom.keywords.iter().map(|(keyword, value)| {
            let at = Span::call_site().located_at(keyword.span());
            quote_spanned!(at=> config.#keyword = #value;)
        });
        // In a macro's span, or the compiler would suggest to remove what lies between the name and the argument.
        let at = Span::call_site().located_at(self.graph.layers[layer].span);
        let make = quote_spanned!(at=> <#given>::layer(#(#arguments),*));
        quote! {
            fn #name() -> <#computed as __fw::Layer<#types>>::Config {
                __fw::settings({ let mut config = #make; #(#set)* config })
            }
        }
    }

    /// The weights of a built-in layer as an argument.
    fn weights(&self, layer: usize, mutable: bool) -> TokenStream {
        if self.plan.weighted[layer] { self.custom_weights(layer, mutable) } else { quote!(none) }
    }

    fn custom_weights(&self, layer: usize, mutable: bool) -> TokenStream {
        let field = &self.fields[layer];
        if mutable { quote!(&mut self.#field) } else { quote!(&self.#field) }
    }

    /// An edge to read.
    fn view(&self, edge: EdgeId, forward: Forward) -> TokenStream {
        let view = match self.homes(forward).of[edge] {
            Home::Input(input) if input == edge => quote!(x[#input]),
            Home::Input(input) => quote!(x[#input].reshaped(edges[#edge])),
            Home::Slot(slot) => quote!(ws.values[#slot].get(batch, &edges[#edge])),
            Home::Nowhere => unreachable!("what is never whole is not read"),
        };
        if plan::is_mask(self.checked, edge) { quote!(#view.as_mask()) } else { view }
    }

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
        let (code, for_inputs_only) = match step {
            Step::Pass { from_slot, edge, to, add, for_inputs_only } => {
                let into = if *add { quote!(__fw::More) } else { quote!(__fw::First) };
                (quote!(back.pass_on(#from_slot, #edge, #to, #into);), *for_inputs_only)
            }
            Step::Layer { node, zeroed, dx, for_inputs_only } => {
                let call = self.backward_call(*node, dx);
                (quote!(#(back.zero(#zeroed);)* #call), *for_inputs_only)
            }
        };
        if for_inputs_only { quote!(if pass.input_gradients { #code }) } else { code }
    }

    fn gradient_slot(&self, edge: EdgeId) -> usize {
        self.plan.gradients.of[edge].expect("the edge is touched on the way back")
    }

    fn backward_call(&self, place: usize, dx: &[Target]) -> TokenStream {
        let call = self.plain_backward_call(place, dx);
        match self.graph.nodes[place].training {
            Some(training) => quote!(__fw::back_with_training(back, #training, |back| { #call });),
            None => call,
        }
    }

    fn plain_backward_call(&self, place: usize, dx: &[Target]) -> TokenStream {
        let node = &self.graph.nodes[place];
        let fused = &self.plan.trained;
        // The layer whose weights get gradients.
        let layer = self.graph.nodes[fused.leader(place)].layer;
        // Its place among those that have weights; one behind the last stands for those that have none.
        let before = if self.plan.weighted[layer] { layer } else { self.graph.layers.len() };
        let weighted = self.plan.weighted[..before].iter().filter(|weighted| **weighted).count();
        let into: Vec<TokenStream> = dx.iter().map(target).collect();
        if fused.first(place).is_some() {
            let (_, after) = self.first_and_after(place, Forward::Training);
            let (config, weights) = (self.config(layer), self.custom_weights(layer, false));
            let (x, y) = (fused.inputs(self.graph, place)[0], node.outputs[0]);
            return quote! {
                __fw::backward_with(back, &#config, #weights, &#after, #place, #weighted, #x, #y, #(#into),*);
            };
        }
        if let LayerKind::Custom(_) = &self.graph.layers[node.layer].kind {
            let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
            let (config, weights) = (self.custom_config_value(node.layer), self.custom_weights(node.layer, false));
            let (x, y) = (list(&node.inputs), list(&node.outputs));
            return quote! {
                __fw::custom_backward(back, #place, #weighted, #x, #y, [#(#into),*], |pass, step, work| {
                    <#computed as __fw::Layer<#types>>::backward::<T>(
                        &#config, pass, #weights, step, __fw::work::<#computed, #types, T>(work),
                    );
                });
            };
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
        let method = format_ident!("backward{suffix}");
        quote!(__fw::#method(back, &#config, #weights, #place, #weighted, __fw::#reads, #x, #y, #into);)
    }

    /// Where the outputs are after a forward pass.
    pub(super) fn output_views(&self, forward: Forward) -> TokenStream {
        let outputs = self.graph.outputs.iter().map(|output| self.view(output.edge, forward));
        // Where an output has a mask, the masks follow the outputs.
        let masked = self.graph.outputs.iter().any(|output| output.mask.is_some());
        let masks = self.graph.outputs.iter().filter(|_| masked).map(|output| match output.mask {
            Some(mask) => self.view(mask, forward),
            None => {
                let edge = output.edge;
                quote!(__fw::View::unread(batch, edges[#edge]))
            }
        });
        let views = outputs.chain(masks);
        quote!(__fw::smallvec![#(#views),*])
    }

    /// Where the loss finds the outputs and leaves their gradients.
    pub(super) fn output_slots(&self) -> TokenStream {
        let grads = (0..self.graph.outputs.len()).map(|k| format_ident!("g{k}")).collect::<Vec<_>>();
        let places = self.graph.outputs.iter().map(|output| self.gradient_slot(output.edge));
        let slots = self.graph.outputs.iter().zip(&grads).map(|(output, slot)| {
            let edge = output.edge;
            let view = self.view(edge, Forward::Training);
            let mask = match output.mask {
                Some(mask) => {
                    let mask = self.view(mask, Forward::Training);
                    quote!(__fw::Some(#mask))
                }
                None => quote!(__fw::None),
            };
            quote!(__fw::OutputSlot { y: #view, dy: #slot.room(batch, &edges[#edge]), mask: #mask })
        });
        quote! {
            let [#(#grads),*] = ws.grads.get_disjoint_mut([#(#places),*]).expect("each output has a gradient of its own");
            __fw::smallvec![#(#slots),*]
        }
    }

    pub(super) fn input_gradients(&self) -> TokenStream {
        let gradients = (0..inputs_of(self.graph)).map(|edge| match self.plan.gradients.of[edge] {
            Some(slot) => quote!(__fw::Some(ws.grads[#slot].get(batch, &edges[#edge]).data())),
            None => quote!(__fw::None),
        });
        quote!(__fw::smallvec![#(#gradients),*])
    }
}

/// The end of a call's name, and the edges that it reads and writes: most layers read one and write one, and have a form
/// of their own.
fn form(inputs: &[EdgeId], outputs: &[EdgeId]) -> (&'static str, TokenStream, TokenStream) {
    match (inputs, outputs) {
        ([x], [y]) => ("", quote!(#x), quote!(#y)),
        _ => ("_many", list(inputs), list(outputs)),
    }
}

fn list(edges: &[EdgeId]) -> TokenStream {
    quote!([#(#edges),*])
}

fn target(target: &Target) -> TokenStream {
    match target {
        Target::Unread => quote!(__fw::Unread),
        Target::Spare(slot) => quote!(__fw::Spare(#slot)),
        Target::Edge { add: false, for_inputs_only: false } => quote!(__fw::First),
        Target::Edge { add: true, for_inputs_only: false } => quote!(__fw::More),
        Target::Edge { add: false, for_inputs_only: true } => quote!(__fw::FirstForInputs),
        Target::Edge { add: true, for_inputs_only: true } => quote!(__fw::MoreForInputs),
    }
}

fn settings_name(layer: usize) -> Ident {
    format_ident!("__settings{layer}")
}

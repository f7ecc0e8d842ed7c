//! What forward and backward pass are both written from: where each edge lives, which weights a call is given, and where
//! outputs and gradients are found afterwards.

use formwork_shape::Layer;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Writer;
use crate::check::inputs_of;
use crate::graph::{EdgeId, LayerKind};
use crate::plan::{self, Fused, Home, Homes};

/// Which forward pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Forward {
    Inference,
    Training,
}

impl Writer<'_> {
    pub(super) fn homes(&self, forward: Forward) -> &Homes {
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

    pub(super) fn fused(&self, forward: Forward) -> &Fused {
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

    /// The home of every edge as a number: the model's inputs, then the slots.
    pub(super) fn home_list(&self, forward: Forward) -> TokenStream {
        let inputs = inputs_of(self.graph);
        let homes = self.homes(forward).of.iter().map(|home| match home {
            Home::Input(input) => *input,
            Home::Slot(slot) => inputs + slot,
            // It is never whole, and never read.
            Home::Nowhere => 0,
        });
        quote!(&[#(#homes),*])
    }

    /// `__MASKS`, the edges that are masks.
    pub(super) fn masks(&self) -> TokenStream {
        let masks = (0..self.graph.edges.len()).filter(|&edge| plan::is_mask(self.checked, edge));
        quote!(const __MASKS: &[__fw::usize] = &[#(#masks),*];)
    }

    /// What layers without weights are given for them.
    pub(super) fn no_weights(&self) -> TokenStream {
        let builtin = |layer: usize| !matches!(self.graph.layers[layer].kind, LayerKind::Custom(_));
        let any = (0..self.graph.layers.len()).any(|layer| !self.plan.weighted[layer] && builtin(layer));
        if any { quote!(let none = &mut __fw::Weights::<T>::none();) } else { TokenStream::new() }
    }

    /// The place of the first layer that is computed together with a node, and what comes after it.
    pub(super) fn first_and_after(&self, place: usize, forward: Forward) -> (usize, TokenStream) {
        let fused = self.fused(forward);
        let first = fused.first(place).expect("the node is computed together with one");
        let (mut normalization, mut pool) = (quote!(__fw::None), quote!(__fw::None));
        for &member in &fused.group(place)[1..] {
            let node = &self.graph.nodes[member];
            let (config, weights) = (self.config(node.layer), self.own_weights(node.layer, false));
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

    /// The weights of a built-in layer as an argument.
    pub(super) fn weights(&self, layer: usize, mutable: bool) -> TokenStream {
        if self.plan.weighted[layer] { self.own_weights(layer, mutable) } else { quote!(none) }
    }

    /// The field with the weights of a layer that has some.
    pub(super) fn own_weights(&self, layer: usize, mutable: bool) -> TokenStream {
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

    fn gradient_slot(&self, edge: EdgeId) -> usize {
        self.plan.gradients.of[edge].expect("the edge is touched on the way back")
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
pub(super) fn form(inputs: &[EdgeId], outputs: &[EdgeId]) -> (&'static str, TokenStream, TokenStream) {
    match (inputs, outputs) {
        ([x], [y]) => ("", quote!(#x), quote!(#y)),
        _ => ("_many", list(inputs), list(outputs)),
    }
}

pub(super) fn list(edges: &[EdgeId]) -> TokenStream {
    quote!([#(#edges),*])
}

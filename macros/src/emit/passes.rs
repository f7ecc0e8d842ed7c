//! The passes as straight-line code: one call a layer, one buffer a slot of the plan.

use formwork_shape::Layer;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Writer;
use crate::check::inputs_of;
use crate::graph::{Custom, EdgeId, LayerKind, Node};
use crate::plan::{self, Fused, Home, Homes, Step, Target};

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
        let values = value_names(self.homes(forward).slots);
        let work = work_names(self.graph.nodes.len());
        let training = forward == Forward::Training;
        let calls = self
            .graph
            .nodes
            .iter()
            .enumerate()
            .filter(|(place, node)| {
                !plan::is_alias(self.graph, node, training) && !self.fused(forward).is_absorbed(*place)
            })
            .map(|(place, node)| self.forward_call(place, node, forward));
        quote! {
            let (n, call) = (pass.batch, &__fw::Call { pass, edges, x });
            let __fw::Workspace { values: [#(#values),*], work: [#(#work),*], .. } = ws;
            #(#calls)*
        }
    }

    fn forward_call(&self, place: usize, node: &Node, forward: Forward) -> TokenStream {
        let slot = |&edge: &EdgeId| match self.homes(forward).of[edge] {
            Home::Slot(slot) => (value_name(slot), edge),
            Home::Input(_) => unreachable!("a layer never writes an input of the model"),
            Home::Nowhere => unreachable!("a layer that is computed has an output"),
        };
        if self.fused(forward).convolution(place).is_some() {
            return self.fused_call(place, slot(&node.outputs[0]), forward);
        }
        let (slots, edges): (Vec<Ident>, Vec<EdgeId>) = node.outputs.iter().map(slot).unzip();
        let x = node.inputs.iter().map(|&edge| self.read(edge, forward));
        let work = work_name(place);
        let training = forward == Forward::Training;
        let method = format_ident!("{}", if training { "train" } else { "infer" });
        if let LayerKind::Custom(_) = &self.graph.layers[node.layer].kind {
            let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
            let (config, inside) = (self.custom_config_value(node.layer), inside(place));
            let weights = self.custom_weights(node.layer, training);
            return quote! {
                <#computed as __fw::Layer<#types>>::#method::<T>(
                    &#config, &#inside, #weights, &[#(#x.view(call)),*], &mut [#(#slots.put(n, &edges[#edges])),*],
                    __fw::work::<#computed, #types, T>(#work),
                );
            };
        }
        let (config, weights) = (self.config_of(place), self.weights(node.layer, training));
        quote!(__fw::#method(call, &#config, #weights, [#(#x),*], [#((#slots, #edges)),*], #work);)
    }

    /// A convolution with what is computed together with it.
    fn fused_call(&self, place: usize, (slot, edge): (Ident, EdgeId), forward: Forward) -> TokenStream {
        let (convolution, after) = self.convolution_and_after(place, forward);
        let layer = self.graph.nodes[convolution].layer;
        let method = format_ident!("{}", if forward == Forward::Training { "train_with" } else { "infer_with" });
        let (config, weights, work) = (self.config(layer), self.custom_weights(layer, false), work_name(place));
        let x = self.read(self.fused(forward).inputs(self.graph, place)[0], forward);
        quote!(__fw::#method(call, &#config, #weights, &#after, #x, (#slot, #edge), #work);)
    }

    /// The place of the convolution that is computed together with a node, and what comes after it.
    fn convolution_and_after(&self, place: usize, forward: Forward) -> (usize, TokenStream) {
        let fused = self.fused(forward);
        let convolution = fused.convolution(place).expect("the node is computed together with one");
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
        (convolution, after)
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
        let weights = self.custom_weights(layer, mutable);
        if self.plan.weighted[layer] { quote!(__fw::Some(#weights)) } else { quote!(__fw::None) }
    }

    fn custom_weights(&self, layer: usize, mutable: bool) -> TokenStream {
        let field = &self.fields[layer];
        if mutable { quote!(&mut self.#field) } else { quote!(&self.#field) }
    }

    /// Where a built-in layer reads an edge.
    fn read(&self, edge: EdgeId, forward: Forward) -> TokenStream {
        let mask = plan::is_mask(self.checked, edge);
        match self.homes(forward).of[edge] {
            Home::Input(input) if mask => quote!(__fw::Read::InputMask(#input, #edge)),
            Home::Input(input) => quote!(__fw::Read::Input(#input, #edge)),
            Home::Slot(slot) => {
                let slot = value_name(slot);
                if mask { quote!(__fw::Read::Mask(#slot, #edge)) } else { quote!(__fw::Read::Slot(#slot, #edge)) }
            }
            Home::Nowhere => unreachable!("what is never whole is not read"),
        }
    }

    /// An edge to read.
    pub(super) fn view(&self, edge: EdgeId, forward: Forward) -> TokenStream {
        let view = self.any_view(edge, forward);
        if plan::is_mask(self.checked, edge) { quote!(#view.as_mask()) } else { view }
    }

    fn any_view(&self, edge: EdgeId, forward: Forward) -> TokenStream {
        match self.homes(forward).of[edge] {
            Home::Input(input) if input == edge => quote!(x[#input]),
            Home::Input(input) => quote!(x[#input].reshaped(edges[#edge])),
            Home::Slot(slot) => {
                let slot = value_name(slot);
                quote!(#slot.get(n, &edges[#edge]))
            }
            Home::Nowhere => unreachable!("what is never whole is not read"),
        }
    }

    pub(super) fn backward(&self) -> TokenStream {
        let values = value_names(self.plan.training.slots);
        let grads = grad_names(self.plan.gradients.slots);
        let work = work_names(self.graph.nodes.len());
        let split = (0..self.graph.layers.len()).filter(|&layer| self.plan.weighted[layer]).map(|layer| {
            let (gradient, field) = (weight_gradient(layer), &self.fields[layer]);
            quote!(let #gradient = __fw::cut(dw, __fw::Parameters::<T>::trainable_len(&self.#field));)
        });
        let steps = self.plan.backward.iter().map(|step| self.step(step));
        quote! {
            let (n, call) = (pass.batch, &__fw::Call { pass, edges, x });
            let __fw::Workspace { values: [#(#values),*], grads: [#(#grads),*], work: [#(#work),*] } = ws;
            let dw = &mut { dw };
            #(#split)*
            #(#steps)*
        }
    }

    fn step(&self, step: &Step) -> TokenStream {
        let (code, for_inputs_only) = match step {
            Step::Pass { from_slot, edge, to, add, for_inputs_only } => {
                let from = grad_name(*from_slot);
                let target = self.gradient(*to, *add);
                (quote!(__fw::pass_on(&#from.get(n, &edges[#edge]), #target);), *for_inputs_only)
            }
            Step::Layer { node, zeroed, dx, first_use, for_inputs_only } => {
                let zeroed = zeroed.iter().map(|&edge| {
                    let slot = self.gradient_slot(edge);
                    quote!(#slot.zero(n, &edges[#edge]);)
                });
                let zeroed: Vec<TokenStream> = zeroed.collect();
                let call = self.backward_call(*node, dx, *first_use);
                (quote!(#(#zeroed)* #call), *for_inputs_only)
            }
        };
        if for_inputs_only { quote!(if pass.input_gradients { #code }) } else { code }
    }

    fn gradient_slot(&self, edge: EdgeId) -> Ident {
        grad_name(self.plan.gradients.of[edge].expect("the edge is touched on the way back"))
    }

    fn gradient(&self, edge: EdgeId, add: bool) -> TokenStream {
        let slot = self.gradient_slot(edge);
        if add { quote!(#slot.more(n, &edges[#edge])) } else { quote!(#slot.first(n, &edges[#edge])) }
    }

    fn backward_call(&self, place: usize, dx: &[Target], first_use: bool) -> TokenStream {
        let node = &self.graph.nodes[place];
        let fused = &self.plan.trained;
        // The layer whose weights get gradients.
        let layer = self.graph.nodes[fused.group(place)[0]].layer;
        let inputs = fused.inputs(self.graph, place);
        let reads = plan::reads(self.graph, fused, place);
        let unread = |edge: EdgeId| quote!(__fw::Read::Unread(#edge));
        let read = |edge: EdgeId, read: bool| if read { self.read(edge, Forward::Training) } else { unread(edge) };
        let x = inputs.iter().map(|&edge| read(edge, reads.inputs || plan::is_mask(self.checked, edge)));
        let y = node.outputs.iter().map(|&edge| read(edge, reads.outputs));
        let dy = node.outputs.iter().map(|&edge| {
            let slot = self.gradient_slot(edge);
            quote!(__fw::Read::Slot(#slot, #edge))
        });
        let dx = inputs.iter().zip(dx).map(|(&edge, target)| {
            let (slot, into) = match target {
                Target::Unread => return quote!(__fw::Into::Unread),
                Target::Spare(slot) => (grad_name(*slot), "First"),
                Target::Edge { add: false, for_inputs_only: false } => (self.gradient_slot(edge), "First"),
                Target::Edge { add: true, for_inputs_only: false } => (self.gradient_slot(edge), "More"),
                Target::Edge { add: false, for_inputs_only: true } => (self.gradient_slot(edge), "FirstForInputs"),
                Target::Edge { add: true, for_inputs_only: true } => (self.gradient_slot(edge), "MoreForInputs"),
            };
            let into = format_ident!("{into}");
            quote!(__fw::Into::#into(#slot, #edge))
        });
        let dw = if self.plan.weighted[layer] {
            let gradient = weight_gradient(layer);
            quote!(#gradient)
        } else {
            quote!(&mut [])
        };
        let write = if first_use { quote!(__fw::Write::Overwrite) } else { quote!(__fw::Write::Add) };
        let work = work_name(place);
        if fused.convolution(place).is_some() {
            let (_, after) = self.convolution_and_after(place, Forward::Training);
            let (config, weights) = (self.config(layer), self.custom_weights(layer, false));
            return quote! {
                __fw::backward_with(
                    call, &#config, #weights, &#after, #(#x,)* #(#y,)* #(#dy,)* #(#dx,)* #dw, #write, #work,
                );
            };
        }
        if let LayerKind::Custom(_) = &self.graph.layers[node.layer].kind {
            let (computed, types) = (self.custom_type(place), self.input_types(&node.inputs));
            let (config, inside) = (self.custom_config_value(node.layer), inside(place));
            let weights = self.custom_weights(node.layer, false);
            return quote! {
                <#computed as __fw::Layer<#types>>::backward::<T>(
                    &#config, &#inside, #weights,
                    __fw::LayerBackward {
                        x: &[#(#x.view(call)),*],
                        y: &[#(#y.view(call)),*],
                        dy: &[#(#dy.view(call)),*],
                        dx: &mut [#(#dx.gradient(call)),*],
                        dw: __fw::WeightGrads::new(&mut *#dw, #write),
                    },
                    __fw::work::<#computed, #types, T>(#work),
                );
            };
        }
        let (config, weights) = (self.config_of(place), self.weights(node.layer, false));
        quote! {
            __fw::backward(
                call, &#config, #weights, [#(#x),*], [#(#y),*], [#(#dy),*], [#(#dx),*], #dw, #write, #work,
            );
        }
    }

    /// Where the outputs are after a forward pass.
    pub(super) fn output_views(&self, forward: Forward) -> TokenStream {
        let values = value_names(self.homes(forward).slots);
        let outputs = self.graph.outputs.iter().map(|output| self.view(output.edge, forward));
        // Where an output has a mask, the masks follow the outputs.
        let masked = self.graph.outputs.iter().any(|output| output.mask.is_some());
        let masks = self.graph.outputs.iter().filter(|_| masked).map(|output| match output.mask {
            Some(mask) => self.view(mask, forward),
            None => {
                let edge = output.edge;
                quote!(__fw::View::unread(n, edges[#edge]))
            }
        });
        let views = outputs.chain(masks);
        quote! {
            let n = batch;
            let __fw::Workspace { values: [#(#values),*], .. } = ws;
            __fw::smallvec![#(#views),*]
        }
    }

    /// Where the loss finds the outputs and leaves their gradients.
    pub(super) fn output_slots(&self) -> TokenStream {
        let values = value_names(self.plan.training.slots);
        let grads = grad_names(self.plan.gradients.slots);
        let slots = self.graph.outputs.iter().map(|output| {
            let edge = output.edge;
            let (view, slot) = (self.view(edge, Forward::Training), self.gradient_slot(edge));
            let mask = match output.mask {
                Some(mask) => {
                    let mask = self.view(mask, Forward::Training);
                    quote!(__fw::Some(#mask))
                }
                None => quote!(__fw::None),
            };
            quote!(__fw::OutputSlot { y: #view, dy: #slot.room(n, &edges[#edge]), mask: #mask })
        });
        quote! {
            let n = batch;
            let __fw::Workspace { values: [#(#values),*], grads: [#(#grads),*], .. } = ws;
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

/// The pass as the user-defined layer or nested model at a place sees it.
fn inside(place: usize) -> TokenStream {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    quote!(pass.inside(#place))
}

fn settings_name(layer: usize) -> Ident {
    format_ident!("__settings{layer}")
}

fn value_name(slot: usize) -> Ident {
    format_ident!("v{slot}")
}

fn value_names(count: usize) -> Vec<Ident> {
    (0..count).map(value_name).collect()
}

fn grad_name(slot: usize) -> Ident {
    format_ident!("g{slot}")
}

fn grad_names(count: usize) -> Vec<Ident> {
    (0..count).map(grad_name).collect()
}

fn work_name(place: usize) -> Ident {
    format_ident!("w{place}")
}

fn work_names(count: usize) -> Vec<Ident> {
    (0..count).map(work_name).collect()
}

/// The gradient of a layer's trainable weights.
fn weight_gradient(layer: usize) -> Ident {
    format_ident!("d{layer}")
}

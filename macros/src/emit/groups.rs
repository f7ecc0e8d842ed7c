//! What only constant evaluation finds out about layers, a constant for as many of them as can be.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Writer;
use super::layout::Group;
use crate::graph::EdgeId;
use crate::history;

impl Writer<'_> {
    /// What constant evaluation finds out about layers that the macro cannot judge, in one place: a constant a layer, each
    /// reading the one before, would nest as deep as the model. It is a `static`, which is evaluated once; a constant that
    /// generic code refers to is evaluated again under the bounds of that code.
    pub(super) fn group_constants(&self, group: usize) -> TokenStream {
        let (name, Group { nodes, given, outputs }) = (group_name(group), &self.layout.groups[group]);
        let place = |edge: EdgeId| match given.binary_search(&edge) {
            Ok(place) => place,
            Err(_) => {
                given.len() + outputs.binary_search(&edge).expect("the group reads what is given or what it makes")
            }
        };
        let givens = given.iter().map(|&edge| {
            let (tensor, name) = (self.tensor(edge), &self.graph.edges[edge].name);
            let (maker, before) = history::maker(self.graph, edge);
            let before = match before.and_then(|edge| given.binary_search(&edge).ok()) {
                Some(before) => quote!(__fw::Some(#before)),
                None => quote!(__fw::None),
            };
            quote!(__fw::Given { tensor: #tensor, name: #name, maker: #maker, before: #before })
        });
        let mut last = BTreeMap::new();
        let specs = nodes.iter().enumerate().map(|(at, &k)| {
            let node = &self.graph.nodes[k];
            let label = &self.graph.layers[node.layer].label;
            let (layer, inputs) = (self.any_layer(k), node.inputs.iter().map(|&edge| place(edge)));
            let names = node.outputs.iter().map(|&edge| &self.graph.edges[edge].name);
            let tale = format_ident!("{}", format!("{:?}", history::tale(node, label)));
            let (context, first) = (&node.context, self.first_use(node.layer).0 == k);
            let frozen = self.graph.builtin(node).is_some_and(|builtin| builtin.extras.frozen);
            let like = match last.insert(layer.to_string(), at) {
                Some(before) => quote!(__fw::Some(#before)),
                None => quote!(__fw::None),
            };
            quote! {
                __fw::Spec {
                    layer: #layer, label: #label, inputs: &[#(#inputs),*], outputs: &[#(#names),*],
                    tale: __fw::Tale::#tale, context: #context, first: #first,
                    frozen: #frozen, like: #like
                }
            }
        });
        let (edges, most) = (given.len() + outputs.len(), self.most_inputs(group));
        let list = group_layers(group);
        quote! {
            const #list: &[__fw::Spec] = &[#(#specs),*];
            static #name: __fw::Checked<#edges> = __fw::Checked::of::<#most>(&[#(#givens),*], #list, __AXES);
        }
    }

    /// The most inputs of a layer of a group.
    pub(super) fn most_inputs(&self, group: usize) -> usize {
        let inputs = |node: &usize| self.graph.nodes[*node].inputs.len();
        self.layout.groups[group].nodes.iter().map(inputs).max().unwrap_or(0)
    }
}

/// The constant that holds what is found out about a group of layers.
pub(super) fn group_name(group: usize) -> Ident {
    format_ident!("__S{group}")
}

/// The constant that holds the layers of a group.
pub(super) fn group_layers(group: usize) -> Ident {
    format_ident!("__R{group}")
}

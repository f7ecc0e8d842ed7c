//! What becomes of ids: which layers look them up, here or inside of other layers.

use formwork_shape::Kind;
use proc_macro2::TokenStream;
use quote::quote;

use super::Writer;
use crate::graph::{EdgeId, LayerKind};
use crate::names::plain;
use crate::plan::is_alias;

impl Writer<'_> {
    /// Ids must be below the smallest limit of the layers that look them up.
    pub(super) fn id_limit(&self, edge: EdgeId) -> TokenStream {
        let limits = self.readers(edge).into_iter().filter_map(|(place, input)| {
            let node = &self.graph.nodes[place];
            match &self.graph.layers[node.layer].kind {
                LayerKind::Custom(_) => {
                    let layer = self.applied(place);
                    Some(quote!(__fw::of_input(#layer::ID_LIMITS, #input)))
                }
                LayerKind::Builtin(builtin) if builtin.layer.facts().id_limit.is_some() => {
                    let layer = self.any_layer(place);
                    Some(quote!(#layer.facts().id_limit))
                }
                _ => None,
            }
        });
        let limits: Vec<TokenStream> = limits.collect();
        if limits.is_empty() { quote!(__fw::None) } else { quote!(__fw::smallest(&[#(#limits),*])) }
    }

    /// The name of a layer that takes padding among these ids for data, with `prefix` before it.
    pub(super) fn unmasked(&self, edge: EdgeId, prefix: &str) -> TokenStream {
        let names = self.readers(edge).into_iter().filter_map(|(place, input)| {
            let node = &self.graph.nodes[place];
            match &self.graph.layers[node.layer].kind {
                LayerKind::Custom(_) => {
                    let layer = self.applied(place);
                    Some(quote!(__fw::of_input(#layer::UNMASKED, #input)))
                }
                LayerKind::Builtin(builtin) if builtin.layer.facts().unmasked => {
                    let name = format!("{prefix}{}", plain(&self.fields[node.layer]));
                    Some(quote!(__fw::Some(#name)))
                }
                _ => None,
            }
        });
        let names: Vec<TokenStream> = names.collect();
        if names.is_empty() { quote!(__fw::None) } else { quote!(__fw::first(&[#(#names),*])) }
    }

    /// The nodes that read ids, as which of their inputs, there too where only their shape has changed.
    fn readers(&self, edge: EdgeId) -> Vec<(usize, usize)> {
        if self.checked.edges[edge].kind() != Kind::Int {
            return Vec::new();
        }
        let readers = self.graph.consumers(edge).flat_map(|place| {
            let node = &self.graph.nodes[place];
            if is_alias(self.graph, node, false) {
                return self.readers(node.outputs[0]);
            }
            let inputs = node.inputs.iter().enumerate().filter(|(_, input)| **input == edge);
            inputs.map(|(k, _)| (place, k)).collect()
        });
        readers.collect()
    }
}

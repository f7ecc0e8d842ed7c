//! What becomes of ids: which layers look them up, here or inside of other layers.

use formwork_shape::{Facts, Kind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Writer;
use crate::graph::{EdgeId, LayerKind};
use crate::names::plain;
use crate::plan::is_alias;

impl Writer<'_> {
    /// Ids must be below the smallest limit of the layers that look them up.
    pub(super) fn id_limit(&self, edge: EdgeId) -> TokenStream {
        let limits = self.asked_of_readers(edge, &format_ident!("ID_LIMITS"), |place, facts| {
            facts.id_limit.map(|_| {
                let layer = self.any_layer(place);
                quote!(#layer.facts().id_limit)
            })
        });
        if limits.is_empty() { quote!(__fw::None) } else { quote!(__fw::smallest(&[#(#limits),*])) }
    }

    /// The name of a layer that takes padding among these ids for data, with `prefix` before it.
    pub(super) fn unmasked(&self, edge: EdgeId, prefix: &str) -> TokenStream {
        let names = self.asked_of_readers(edge, &format_ident!("UNMASKED"), |place, facts| {
            facts.unmasked.then(|| {
                let name = format!("{prefix}{}", plain(&self.fields[self.graph.nodes[place].layer]));
                quote!(__fw::Some(#name))
            })
        });
        if names.is_empty() { quote!(__fw::None) } else { quote!(__fw::first(&[#(#names),*])) }
    }

    /// What the layers that read these ids say of them: those of somebody else by a constant with an entry an input,
    /// those built in by their facts.
    fn asked_of_readers(
        &self,
        edge: EdgeId,
        constant: &Ident,
        built_in: impl Fn(usize, Facts) -> Option<TokenStream>,
    ) -> Vec<TokenStream> {
        let said = self.readers(edge).into_iter().filter_map(|(place, input)| {
            match &self.graph.layers[self.graph.nodes[place].layer].kind {
                LayerKind::Custom(_) => {
                    let layer = self.applied(place);
                    Some(quote!(__fw::of_input(#layer::#constant, #input)))
                }
                LayerKind::Builtin(builtin) => built_in(place, builtin.layer.facts()),
                _ => None,
            }
        });
        said.collect()
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

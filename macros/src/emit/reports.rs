//! Checks that are left to constant evaluation, each reported on a token of the user's.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::Writer;
use super::groups::group_name;
use crate::ast::{Declared, Dimension};
use crate::check;
use crate::graph::{EdgeId, Node};

impl Writer<'_> {
    /// The mistakes that constant evaluation finds, each on its layer's own token.
    pub(super) fn reports(&self) -> TokenStream {
        let groups = self.layout.groups.iter().enumerate();
        let reports = groups.flat_map(|(k, group)| {
            let name = group_name(k);
            group.nodes.iter().enumerate().map(move |(place, &node)| {
                let node = &self.graph.nodes[node];
                let (span, label) = (node.span, self.report_label(node));
                let name = Ident::new(&name.to_string(), span);
                quote_spanned!(span=> { const #label: () = #name.report(#place); })
            })
        });
        quote!(const _: () = { #(#reports)* };)
    }

    /// A check that constant evaluation makes, reported on the layer's own token.
    pub(super) fn report(&self, message: &Ident, node: &Node) -> TokenStream {
        let (span, label) = (node.span, self.report_label(node));
        let mut message = message.clone();
        message.set_span(span);
        quote_spanned!(span=> const _: () = { const #label: () = #message.report(); };)
    }

    /// The constant that the compiler names where a check fails.
    fn report_label(&self, node: &Node) -> Ident {
        let (label, span) = (&self.graph.layers[node.layer].label, node.span);
        crate::names::ident(label, span).unwrap_or(Ident::new("operator", span))
    }

    /// Stated shapes and declared outputs that only constant evaluation can compare.
    pub(super) fn stated_checks(&self) -> TokenStream {
        let mut checks = TokenStream::new();
        let mut compare = |edge: EdgeId, dims: &[Dimension], span: Span, output: Option<&str>| {
            let known = self.checked.edges[edge].shape().is_some() && check::fixed(dims, &self.graph.axes).is_some();
            if known {
                return;
            }
            let (input, (dims, _)) = (self.rule_input(edge), self.dims(dims));
            let shape = quote!(__fw::ShapeValue::new(&[#(#dims),*]));
            let message = match output {
                None => quote_spanned!(span=> __fw::stated(&#input, #shape)),
                Some(name) => quote_spanned!(span=> __fw::declared(#name, &#input, #shape)),
            };
            checks.extend(quote_spanned! {span=>
                const _: () = {
                    const shape: () = #message.report();
                };
            });
        };
        for (edge, definition) in self.graph.edges.iter().enumerate() {
            for (dims, span) in &definition.stated {
                compare(edge, dims, *span, None);
            }
        }
        let find = |name: &str| self.graph.outputs.iter().find(|output| output.name == name).map(|output| output.edge);
        match &self.source.outputs {
            Declared::Open | Declared::Broken => {}
            Declared::One(dims, span) => {
                if let Some(edge) = find("output") {
                    compare(edge, dims, *span, Some(""));
                }
            }
            Declared::Several(outputs) => {
                for (name, dims) in outputs {
                    if let Some(edge) = find(&name.to_string()) {
                        compare(edge, dims, name.span(), Some(&name.to_string()));
                    }
                }
            }
        }
        checks
    }

    /// Second uses of shared layers that only constant evaluation can compare with the first.
    pub(super) fn shared_checks(&self) -> TokenStream {
        let mut checks = TokenStream::new();
        for (place, node) in self.graph.nodes.iter().enumerate() {
            let first_place = self.layout.first_use[node.layer];
            if first_place == place {
                continue;
            }
            let first = &self.graph.nodes[first_place];
            let known = |node: &Node| node.inputs.iter().all(|&edge| self.checked.edges[edge].shape().is_some());
            let opaque = self.graph.builtin(first).is_some_and(|builtin| !builtin.opaque.is_empty());
            if known(first) && known(node) && !opaque {
                continue;
            }
            let label = &self.graph.layers[node.layer].label;
            let (a, b, span) = (self.rule_inputs(first), self.rule_inputs(node), node.span);
            let message = match self.graph.builtin(node) {
                Some(_) => {
                    let (one, other) = (self.any_layer(first_place), self.any_layer(place));
                    quote_spanned!(span=> __fw::shape::shared(#label, (&#one, &#a), (&#other, &#b)))
                }
                None => quote_spanned!(span=> __fw::shape::shared_custom(#label, &#a, &#b)),
            };
            checks.extend(quote_spanned!(span=> const _: () = { const shared: () = #message.report(); };));
        }
        checks
    }
}

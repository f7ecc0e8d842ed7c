//! Constants and witness types: what shape each edge has, and of what kind it is.

use formwork_shape::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::groups::group_name;
use super::layout::Place;
use super::{Writer, types};
use crate::ast::Dimension;
use crate::check::{self, Known};
use crate::graph::{Custom, EdgeId, LayerKind, Node};
use crate::names::plain;

impl Writer<'_> {
    pub(super) fn constants(&self) -> TokenStream {
        let axes = self.checked.axes.iter();
        let configs = self.configs();
        let tensors = self.tensors();
        let inputs = (0..check::inputs_of(self.graph)).map(|edge| self.input_constants(edge));
        let groups = (0..self.layout.groups.len()).map(|group| self.group_constants(group));
        let nodes = self.graph.nodes.iter().enumerate().map(|(k, node)| self.node_constants(k, node));
        let reports = self.reports();
        let stated = self.stated_checks();
        let shared = self.shared_checks();
        let (edges, masks) = (self.all_edges(), self.masks());
        quote! {
            const __AXES: &[&__fw::str] = &[#(#axes),*];
            #configs
            #tensors
            #(#inputs)*
            #(#groups)*
            #(#nodes)*
            #edges
            #masks
            #reports
            #stated
            #shared
        }
    }

    /// The shapes that the macro knows.
    fn tensors(&self) -> TokenStream {
        let known = self.checked.edges.iter().enumerate().filter_map(|(edge, known)| match known {
            Known::Tensor(tensor) => Some((edge, tensor)),
            _ => None,
        });
        let (mut values, mut aliases) = (Vec::new(), TokenStream::new());
        for (edge, tensor) in known {
            let (shape, kind) = (types::shape_value(&tensor.shape), kind(tensor.kind));
            values.push(quote!(__fw::Tensor { shape: #shape, kind: #kind }));
            if self.layout.typed[edge] {
                let (ty, shape) = (self.edge_type(edge), types::shape(&tensor.shape));
                aliases.extend(quote!(type #ty = #shape;));
            }
        }
        let count = values.len();
        quote! {
            const __T: &[__fw::Tensor; #count] = &[#(#values),*];
            #aliases
        }
    }

    /// An input whose shape only constant evaluation knows.
    fn input_constants(&self, edge: EdgeId) -> TokenStream {
        if self.checked.edges[edge].shape().is_some() {
            return TokenStream::new();
        }
        let (ty, tensor) = (self.edge_type(edge), tensor_name(edge));
        let kind = kind(self.checked.edges[edge].kind());
        let input = &self.source.inputs[edge];
        let name = plain(&input.name);
        let (dims, dynamic) = self.dims(&input.dims);
        let axes = 0..dims.len();
        let span = input.name.span();
        let label = &input.name;
        let report = quote_spanned! {span=>
            const _: () = {
                const #label: () = __fw::input_mistake(#name, &[#(#dims),*], &[#(#dynamic),*]).report();
            };
        };
        quote! {
            #report
            const #tensor: __fw::Tensor =
                __fw::Tensor { shape: __fw::input_shape(&[#(#dims),*], &[#(#dynamic),*]), kind: #kind };
            type #ty = __fw::shape_type!(#tensor.shape; #(#axes)*);
        }
    }

    /// Dimensions as expressions, and which of them are dynamic.
    pub(super) fn dims(&self, dims: &[Dimension]) -> (Vec<TokenStream>, Vec<bool>) {
        let values = dims.iter().map(|dim| match dim {
            Dimension::Fixed(expr) => quote!(#expr),
            Dimension::Any(_) => quote!(__fw::DYN),
            Dimension::Named(name) => match self.graph.axes.iter().position(|axis| name == axis) {
                Some(index) => quote!(__fw::axis(#index)),
                None => quote!(__fw::DYN),
            },
        });
        (values.collect(), dims.iter().map(|dim| !matches!(dim, Dimension::Fixed(_))).collect())
    }

    /// `__EDGES`, every edge's shape and kind.
    fn all_edges(&self) -> TokenStream {
        let edges = 0..self.graph.edges.len();
        if edges.clone().all(|edge| matches!(self.layout.places[edge], Place::Known(_))) {
            return quote!(
                const __EDGES: &[__fw::Tensor] = __T;
            );
        }
        if let [group] = &self.layout.groups[..]
            && edges.clone().eq(group.given.iter().chain(&group.outputs).copied())
        {
            let name = group_name(0);
            return quote!(
                const __EDGES: &[__fw::Tensor] = &#name.tensors;
            );
        }
        let edges = edges.map(|edge| self.tensor(edge));
        quote!(const __EDGES: &[__fw::Tensor] = &[#(#edges),*];)
    }

    /// An edge's shape and kind.
    pub(super) fn tensor(&self, edge: EdgeId) -> TokenStream {
        match self.layout.places[edge] {
            Place::Known(k) => quote!(__T[#k]),
            Place::Own => tensor_name(edge).into_token_stream(),
            Place::Group(group, k) => {
                let group = group_name(group);
                quote!(#group.tensors[#k])
            }
        }
    }

    /// An edge as the input of a rule.
    pub(super) fn rule_input(&self, edge: EdgeId) -> TokenStream {
        let (tensor, name) = (self.tensor(edge), &self.graph.edges[edge].name);
        quote!(#tensor.named(#name, __AXES))
    }

    pub(super) fn rule_inputs(&self, node: &Node) -> TokenStream {
        let inputs = node.inputs.iter().map(|&edge| self.rule_input(edge));
        quote!([#(#inputs),*])
    }

    fn node_constants(&self, place: usize, node: &Node) -> TokenStream {
        if let LayerKind::Custom(custom) = &self.graph.layers[node.layer].kind {
            return self.custom_constants(place, node, custom);
        }
        // A type that is derived from a constant costs the compiler much more than one that is written.
        let unknown = |edge: &&EdgeId| self.layout.typed[**edge] && self.checked.edges[**edge].shape().is_none();
        let types = node.outputs.iter().filter(unknown).map(|&edge| {
            let (ty, tensor) = (self.edge_type(edge), self.tensor(edge));
            let axes = self.declared_rank(edge).map(|rank| 0..rank);
            let axes = axes.map(|axes| quote!(; #(#axes)*));
            quote!(type #ty = __fw::shape_type!(#tensor.shape #axes);)
        });
        quote!(#(#types)*)
    }

    fn custom_constants(&self, place: usize, node: &Node, custom: &Custom) -> TokenStream {
        let layer = &self.graph.layers[node.layer];
        let label = &layer.label;
        let path = types::lifted(&custom.path);
        let (given, computed) = (format_ident!("__L{place}"), self.custom_type(place));
        let (message, inputs) = (format_ident!("__M{place}"), self.rule_inputs(node));
        let input_types = self.input_types(&node.inputs);
        let names = node.outputs.len();
        let report = self.report(&message, node);
        let poison = node.outputs.iter().map(|_| quote!(__fw::Poison));
        let edges = node.outputs.iter().enumerate().map(|(k, &edge)| {
            let (ty, tensor) = (self.edge_type(edge), tensor_name(edge));
            quote! {
                const #tensor: __fw::Tensor = __fw::Tensor {
                    shape: <<#computed as __fw::Layer<#input_types>>::Out as __fw::Shapes>::SHAPES[#k],
                    kind: __fw::Kind::Float,
                };
                type #ty = __fw::shape_type!(#tensor.shape);
            }
        });
        // Of a shared layer, all uses have the weights and the settings of the first one.
        let first = self.layout.first_use[node.layer];
        let taken = quote!(#message.is_empty() && !__fw::In::any_poison(&#inputs));
        let (taken, refused) = if first == place {
            (taken, quote!(__fw::Refused<(#(#poison,)*)>))
        } else {
            let node = &self.graph.nodes[first];
            let (message, inputs) = (format_ident!("__M{first}"), self.rule_inputs(node));
            let (own, types) = (self.custom_type(first), self.input_types(&node.inputs));
            (
                quote!(#taken && #message.is_empty() && !__fw::In::any_poison(&#inputs)),
                quote!(__fw::RefusedAgain<(#(#poison,)*), #own, #types>),
            )
        };
        let each_step = custom.each_step;
        let applied = if each_step { quote!(__fw::EachStep<#given>) } else { quote!(#given) };
        quote! {
            type #given = #path;
            const #message: __fw::Msg = {
                use __fw::Unfit as _;
                use __fw::Unsigned as _;
                type Probe = __fw::Probe<#applied, #input_types>;
                __fw::mistake(#label, #each_step, Probe::TAKES, #given::SIGNATURE, Probe::MESSAGE, [Probe::OUTPUTS, #names], &#inputs)
            };
            type #computed =
                <__fw::If<{ #taken }> as __fw::Pick<#applied, #refused>>::Out;
            #report
            #(#edges)*
        }
    }
}

/// The constant that holds the tensor of an edge by itself.
fn tensor_name(edge: EdgeId) -> Ident {
    format_ident!("__T{edge}")
}

fn kind(kind: Kind) -> TokenStream {
    match kind {
        Kind::Float => quote!(__fw::Kind::Float),
        Kind::Int => quote!(__fw::Kind::Int),
        Kind::Mask => quote!(__fw::Kind::Mask),
    }
}

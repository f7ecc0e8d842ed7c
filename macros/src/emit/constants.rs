//! Constants and witness types: what each layer is configured as, what shape each edge has, which checks are left to
//! constant evaluation.

use formwork_shape::{Kind, Layer};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::layout::{Group, Place};
use super::{Writer, types};
use crate::ast::{Declared, Dimension};
use crate::check::{self, Known};
use crate::graph::{Builtin, Custom, EdgeId, LayerKind, Node};
use crate::history;
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

    /// `static __C: __Configs = __Configs { c3: Dense { units: 64, .. }, .. };`, and for user-defined layers what makes
    /// their settings. One item for all layers: each costs the compiler much more than what it holds.
    fn configs(&self) -> TokenStream {
        let (mut fields, mut types, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut settings = TokenStream::new();
        for (k, layer) in self.graph.layers.iter().enumerate() {
            match &layer.kind {
                LayerKind::Builtin(builtin) => {
                    fields.push(config_name(k));
                    types.push(format_ident!("{}", builtin.layer.name()));
                    values.push(configuration(builtin));
                }
                LayerKind::Custom(custom) => settings.extend(self.custom_settings(k, custom)),
                LayerKind::Broken => {}
            }
        }
        for (place, node) in self.graph.nodes.iter().enumerate() {
            if let Some(variant) = &node.variant {
                fields.push(variant_name(place));
                types.push(format_ident!("{}", variant.layer.name()));
                values.push(configuration(variant));
            }
        }
        quote! {
            struct __Configs { #(#fields: __fw::layers::#types),* }
            static __C: __Configs = {
                // What `Debug` prints names the words of arguments without their paths.
                use __fw::words::*;
                __Configs { #(#fields: #values),* }
            };
            #settings
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
    fn dims(&self, dims: &[Dimension]) -> (Vec<TokenStream>, Vec<bool>) {
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

    /// What constant evaluation finds out about layers that the macro cannot judge, in one constant: one a layer, each
    /// reading the one before, would nest as deep as the model.
    fn group_constants(&self, group: usize) -> TokenStream {
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
        let specs = nodes.iter().map(|&k| {
            let node = &self.graph.nodes[k];
            let label = &self.graph.layers[node.layer].label;
            let (layer, inputs) = (self.any_layer(k), node.inputs.iter().map(|&edge| place(edge)));
            let names = node.outputs.iter().map(|&edge| &self.graph.edges[edge].name);
            let tale = format_ident!("{}", format!("{:?}", history::tale(node, label)));
            let (context, first) = (&node.context, self.first_use(node.layer).0 == k);
            let frozen = self.graph.builtin(node).is_some_and(|builtin| builtin.extras.frozen);
            quote! {
                __fw::Spec {
                    layer: #layer, label: #label, inputs: &[#(#inputs),*], outputs: &[#(#names),*],
                    tale: __fw::Tale::#tale, context: #context, first: #first,
                    frozen: #frozen
                }
            }
        });
        let (edges, most) = (given.len() + outputs.len(), self.most_inputs(group));
        let list = group_layers(group);
        quote! {
            const #list: &[__fw::Spec] = &[#(#specs),*];
            const #name: &__fw::Checked<#edges> = &__fw::Checked::of::<#most>(&[#(#givens),*], #list, __AXES);
        }
    }

    /// The most inputs of a layer of a group.
    pub(super) fn most_inputs(&self, group: usize) -> usize {
        let inputs = |node: &usize| self.graph.nodes[*node].inputs.len();
        self.layout.groups[group].nodes.iter().map(inputs).max().unwrap_or(0)
    }

    /// The mistakes that constant evaluation finds, each on its layer's own token.
    fn reports(&self) -> TokenStream {
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

    /// The configuration of a built-in layer in one of its uses, as a value of the enum of all layers.
    pub(super) fn any_layer(&self, place: usize) -> TokenStream {
        let (node, config) = (&self.graph.nodes[place], self.config_of(place));
        match &self.graph.layers[node.layer].kind {
            LayerKind::Builtin(builtin) => {
                let name = format_ident!("{}", builtin.layer.name());
                quote!(__fw::AnyLayer::#name(#config))
            }
            _ => TokenStream::new(),
        }
    }

    /// A check that constant evaluation makes, reported on the layer's own token.
    fn report(&self, message: &Ident, node: &Node) -> TokenStream {
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
        let each_step = custom.each_step;
        let applied = if each_step { quote!(__fw::EachStep<#given>) } else { quote!(#given) };
        quote! {
            type #given = #path;
            const #message: __fw::Msg = {
                use __fw::Unfit as _;
                use __fw::Unsigned as _;
                type Probe = __fw::Probe<#applied, #input_types>;
                let takes = if Probe::TAKES { __fw::None } else { __fw::Some(#given::SIGNATURE) };
                __fw::mistake(#label, #each_step, takes, Probe::MESSAGE, Probe::OUTPUTS, #names, &#inputs)
            };
            type #computed =
                <__fw::If<{ #message.is_empty() && !__fw::In::any_poison(&#inputs) }> as __fw::Pick<#applied, __fw::Refused<(#(#poison,)*)>>>::Out;
            #report
            #(#edges)*
        }
    }

    /// Stated shapes and declared outputs that only constant evaluation can compare.
    fn stated_checks(&self) -> TokenStream {
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
            Declared::Open => {}
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
    fn shared_checks(&self) -> TokenStream {
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

/// The constant that holds the tensor of an edge by itself.
fn tensor_name(edge: EdgeId) -> Ident {
    format_ident!("__T{edge}")
}

/// The constant that holds what is found out about a group of layers.
pub(super) fn group_name(group: usize) -> Ident {
    format_ident!("__S{group}")
}

/// The constant that holds the layers of a group.
pub(super) fn group_layers(group: usize) -> Ident {
    format_ident!("__R{group}")
}

/// The field that holds a layer's configuration.
fn config_name(layer: usize) -> Ident {
    format_ident!("c{layer}")
}

/// The field that holds a layer's configuration in one of its uses, where it is not the layer's own.
pub(super) fn variant_name(place: usize) -> Ident {
    format_ident!("u{place}")
}

pub(super) fn kind(kind: Kind) -> TokenStream {
    match kind {
        Kind::Float => quote!(__fw::Kind::Float),
        Kind::Int => quote!(__fw::Kind::Int),
        Kind::Mask => quote!(__fw::Kind::Mask),
    }
}

/// A layer's configuration: what the macro could read, then what only constant evaluation can.
fn configuration(builtin: &Builtin) -> TokenStream {
    let known = expression(&builtin.layer);
    if builtin.opaque.is_empty() {
        return known;
    }
    let set = builtin.opaque.iter().map(|argument| {
        let (field, value) = (&argument.field, &argument.value);
        let at = Span::call_site().located_at(value.span());
        if argument.convert.is_empty() {
            quote_spanned!(at=> config.#field = #value;)
        } else {
            let convert = Ident::new(argument.convert, value.span());
            quote_spanned!(at=> config.#field = __fw::shape::Value(#value).#convert();)
        }
    });
    quote!({ let mut config = #known; #(#set)* config })
}

/// The layer inside another, whose arguments only constant evaluation can read.
pub fn inner(builtin: &Builtin) -> TokenStream {
    let (name, body) = (format_ident!("{}", builtin.layer.name()), configuration(builtin));
    quote!({
        use __fw::words::*;
        const INNER: __fw::AnyLayer = __fw::AnyLayer::#name(#body);
        __fw::shape::Inner(&INNER)
    })
}

/// A layer's configuration as an expression, which is what `Debug` prints.
fn expression(layer: &Layer) -> TokenStream {
    let text = format!("{layer:?}");
    let braces = if text.contains('{') { "" } else { " {}" };
    format!("__fw::layers::{text}{braces}").parse().expect("Debug prints an expression")
}

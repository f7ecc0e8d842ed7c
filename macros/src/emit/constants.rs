//! Constants and witness types: what each layer is configured as, what shape each edge has, which checks are left to
//! constant evaluation.

use formwork_shape::{Kind, Layer, Shape, Tale};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{Writer, types};
use crate::ast::{Declared, Dimension};
use crate::check::{self, Known};
use crate::graph::{Builtin, Custom, EdgeId, LayerKind, Node};
use crate::history;

impl Writer<'_> {
    pub(super) fn constants(&self) -> TokenStream {
        let axes = self.checked.axes.iter();
        let configs = self.graph.layers.iter().enumerate().map(|(k, layer)| match &layer.kind {
            LayerKind::Builtin(builtin) => self.builtin_config(k, builtin),
            // A custom layer's configuration is built where its type is known: at its first use.
            _ => TokenStream::new(),
        });
        let inputs = (0..check::inputs_of(self.graph)).map(|edge| self.input_constants(edge));
        let nodes = self.graph.nodes.iter().enumerate().map(|(k, node)| self.node_constants(k, node));
        let verdicts = self.verdicts();
        let stated = self.stated_checks();
        let shared = self.shared_checks();
        let steps = self.ways();
        quote! {
            const __AXES: &[&str] = &[#(#axes),*];
            #(#configs)*
            #(#inputs)*
            #verdicts
            #(#nodes)*
            #steps
            #stated
            #shared
        }
    }

    /// `const __C3: Dense = Dense { units: 64, .. };`
    fn builtin_config(&self, layer: usize, builtin: &Builtin) -> TokenStream {
        let constant = self.config(layer);
        let name: Ident = format_ident!("{}", builtin.layer.name());
        let body = configuration(builtin);
        quote! {
            const #constant: __fw::layers::#name = {
                use __fw::shape::{*, Initializer::*};
                #body
            };
        }
    }

    fn input_constants(&self, edge: EdgeId) -> TokenStream {
        let ty = self.edge_type(edge);
        let tensor = self.tensor(edge);
        let kind = kind(self.checked.edges[edge].kind());
        if let Some(shape) = self.checked.edges[edge].shape() {
            let value = value(&shape, &ty);
            let shape = types::shape(&shape);
            return quote! {
                type #ty = #shape;
                const #tensor: __fw::Tensor = __fw::Tensor { shape: #value, kind: #kind };
            };
        }
        let input = &self.source.inputs[edge];
        let name = input.name.to_string();
        let (dims, dynamic) = self.dims(&input.dims);
        let span = input.name.span();
        let label = Ident::new(&name, span);
        let report = quote_spanned! {span=>
            const _: () = {
                const #label: () = __fw::input_mistake(#name, &[#(#dims),*], &[#(#dynamic),*]).report();
            };
        };
        quote! {
            #report
            const #tensor: __fw::Tensor =
                __fw::Tensor { shape: __fw::input_shape(&[#(#dims),*], &[#(#dynamic),*]), kind: #kind };
            type #ty = __fw::shape_type!(#tensor.shape);
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

    /// The constant that holds an edge's shape and kind.
    pub(super) fn tensor(&self, edge: EdgeId) -> Ident {
        format_ident!("__T{edge}")
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
        let known = node.outputs.iter().map(|&edge| match self.checked.edges[edge] {
            Known::Tensor(tensor) => Some(tensor),
            _ => None,
        });
        if let Some(tensors) = known.collect::<Option<Vec<_>>>() {
            let edges = node.outputs.iter().zip(tensors).map(|(&edge, known)| {
                let (ty, tensor) = (self.edge_type(edge), self.tensor(edge));
                let (shape, kind) = (types::shape(&known.shape), kind(known.kind));
                let value = value(&known.shape, &ty);
                quote! {
                    type #ty = #shape;
                    const #tensor: __fw::Tensor = __fw::Tensor { shape: #value, kind: #kind };
                }
            });
            return quote!(#(#edges)*);
        }
        let verdict = format_ident!("__V{place}");
        let (told, report) = match self.told(node) {
            None => (None, self.report(&verdict, node)),
            Some(told) => {
                // Apart from the verdict, which later ones read: the story reads their shapes.
                let name = format_ident!("__W{place}");
                (Some(quote!(const #name: __fw::Verdict = #verdict #told;)), self.report(&name, node))
            }
        };
        let edges = node.outputs.iter().enumerate().map(|(k, &edge)| {
            let (ty, tensor) = (self.edge_type(edge), self.tensor(edge));
            // A type that is derived from a constant costs the compiler much more than one that is written.
            let ty = self.type_is_read(edge).then(|| quote!(type #ty = __fw::shape_type!(#tensor.shape);));
            quote! {
                const #tensor: __fw::Tensor = #verdict.output(#k);
                #ty
            }
        });
        quote! {
            #told
            #report
            #(#edges)*
        }
    }

    /// The story of a node's inputs, for the message if constant evaluation finds its rule to fail.
    fn told(&self, node: &Node) -> Option<TokenStream> {
        let tale = history::tale(node, &self.graph.layers[node.layer].label);
        if tale == Tale::None && node.context.is_empty() {
            return None;
        }
        let (inputs, context) = (self.rule_inputs(node), &node.context);
        let steps = node.inputs.iter().filter(|_| tale != Tale::None).map(|&edge| self.way(edge));
        let tale = format_ident!("{tale:?}");
        Some(quote!(.told(__fw::Tale::#tale, &#inputs, &[#(&#steps),*], #context)))
    }

    /// The constant that holds how an edge came about.
    fn way(&self, edge: EdgeId) -> Ident {
        format_ident!("__H{edge}")
    }

    /// How each edge came about, where the macro does not know all shapes.
    fn ways(&self) -> TokenStream {
        if self.checked.edges.iter().all(|known| known.shape().is_some()) {
            return TokenStream::new();
        }
        let steps = (0..self.graph.edges.len()).map(|edge| {
            let (step, tensor) = (self.way(edge), self.tensor(edge));
            let (maker, before) = history::maker(self.graph, edge);
            let before = match before.map(|before| self.way(before)) {
                Some(before) => quote!(Some(&#before)),
                None => quote!(None),
            };
            quote! {
                const #step: __fw::Step = __fw::Step { shape: #tensor.shape, maker: #maker, before: #before };
            }
        });
        steps.collect()
    }

    /// Do the types of user-defined layers or of the model itself mention the type of an edge?
    fn type_is_read(&self, edge: EdgeId) -> bool {
        let custom = |node: &Node| matches!(self.graph.layers[node.layer].kind, LayerKind::Custom(_));
        self.graph.is_output(edge) || self.graph.nodes.iter().any(|node| custom(node) && node.inputs.contains(&edge))
    }

    /// What constant evaluation finds out about the layers that the macro cannot judge. It goes through all layers between
    /// two user-defined ones in one constant: one a layer, each reading the one before, would nest as deep as the model.
    fn verdicts(&self) -> TokenStream {
        let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
        for (place, node) in self.graph.nodes.iter().enumerate() {
            let known = |edge: &EdgeId| matches!(self.checked.edges[*edge], Known::Tensor(_));
            match &self.graph.layers[node.layer].kind {
                LayerKind::Custom(_) => groups.push(Vec::new()),
                _ if node.outputs.iter().all(known) => {}
                _ => groups.last_mut().expect("there is always one").push(place),
            }
        }
        let groups = groups.into_iter().enumerate().filter(|(_, group)| !group.is_empty());
        let groups = groups.map(|(number, group)| self.verdicts_of(&format_ident!("__S{number}"), &group));
        quote!(#(#groups)*)
    }

    fn verdicts_of(&self, constant: &Ident, group: &[usize]) -> TokenStream {
        // A variable must not have the name of a constant.
        let verdict = |place: usize| format_ident!("v{place}");
        let runs = group.iter().map(|&place| {
            let node = &self.graph.nodes[place];
            let inputs = node.inputs.iter().map(|&edge| {
                let name = &self.graph.edges[edge].name;
                let tensor = match self.graph.edges[edge].from {
                    Some((from, k)) if group.binary_search(&from).is_ok() => {
                        let from = verdict(from);
                        quote!(#from.output(#k))
                    }
                    _ => self.tensor(edge).into_token_stream(),
                };
                quote!(#tensor.named(#name, __AXES))
            });
            let (verdict, layer, names) = (verdict(place), self.any_layer(node.layer), node.outputs.len());
            quote!(let #verdict = __fw::Verdict::of(&#layer, &[#(#inputs),*], #names);)
        });
        let (verdicts, names): (Vec<Ident>, Vec<Ident>) =
            group.iter().map(|&place| (verdict(place), format_ident!("__V{place}"))).unzip();
        let (count, places) = (group.len(), 0..group.len());
        quote! {
            const #constant: &[__fw::Verdict; #count] = &{ #(#runs)* [#(#verdicts),*] };
            #(const #names: &__fw::Verdict = &#constant[#places];)*
        }
    }

    /// The configuration of a built-in layer as a value of the enum of all layers.
    pub(super) fn any_layer(&self, layer: usize) -> TokenStream {
        let config = self.config(layer);
        match &self.graph.layers[layer].kind {
            LayerKind::Builtin(builtin) => {
                let name = format_ident!("{}", builtin.layer.name());
                quote!(__fw::AnyLayer::#name(#config))
            }
            _ => TokenStream::new(),
        }
    }

    /// A check that constant evaluation makes, reported on the layer's own token.
    fn report(&self, message: &Ident, node: &Node) -> TokenStream {
        let span = node.span;
        let label = &self.graph.layers[node.layer].label;
        let label = syn::parse_str::<Ident>(label)
            .map_or(Ident::new("operator", span), |name| Ident::new(&name.to_string(), span));
        let mut message = message.clone();
        message.set_span(span);
        quote_spanned!(span=> const _: () = { const #label: () = #message.report(); };)
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
            let (ty, tensor) = (self.edge_type(edge), self.tensor(edge));
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
                let takes = if Probe::TAKES { None } else { Some(#given::SIGNATURE) };
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
            let Some(first) = self.graph.nodes[..place].iter().find(|other| other.layer == node.layer) else {
                continue;
            };
            let known = |node: &Node| node.inputs.iter().all(|&edge| self.checked.edges[edge].shape().is_some());
            if known(first) && known(node) {
                continue;
            }
            let label = &self.graph.layers[node.layer].label;
            let (a, b, span) = (self.rule_inputs(first), self.rule_inputs(node), node.span);
            checks.extend(quote_spanned! {span=>
                const _: () = { const shared: () = __fw::shared(#label, &#a, &#b).report(); };
            });
        }
        checks
    }
}

/// The value of a shape whose witness is `ty`. The witness keeps lengths; which dynamic axes are the same is a matter of
/// values.
fn value(shape: &Shape, ty: &Ident) -> TokenStream {
    if shape.has_dynamic() { types::shape_value(shape) } else { quote!(<#ty as __fw::Shape>::SHAPE) }
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
        if argument.convert.is_empty() {
            {
                let at = value.span();
                quote_spanned!(at=> config.#field = #value;)
            }
        } else {
            let convert = Ident::new(argument.convert, value.span());
            let at = value.span();
            quote_spanned!(at=> config.#field = __fw::shape::Value(#value).#convert();)
        }
    });
    quote!({ let mut config = #known; #(#set)* config })
}

/// The layer inside another, whose arguments only constant evaluation can read.
pub fn inner(builtin: &Builtin) -> TokenStream {
    let (name, body) = (format_ident!("{}", builtin.layer.name()), configuration(builtin));
    quote!({
        const INNER: Layer = Layer::#name(#body);
        Inner(&INNER)
    })
}

/// A layer's configuration as an expression, which is what `Debug` prints.
fn expression(layer: &Layer) -> TokenStream {
    let text = format!("{layer:?}");
    let braces = if text.contains('{') { "" } else { " {}" };
    format!("__fw::layers::{text}{braces}").parse().expect("Debug prints an expression")
}

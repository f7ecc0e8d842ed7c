//! The structs that users see, with their documentation: the model and what it takes and gives.

use formwork_shape::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Writer;
use super::api::weights_name;
use super::arrays::array_type;
use super::passes::Forward;
use crate::ast::{Declared, Dimension, Input};
use crate::graph::{EdgeId, LayerKind};

impl Writer<'_> {
    /// The structs, outside of the block that hides everything else.
    pub(super) fn structs(&self) -> TokenStream {
        let (attrs, vis, name, krate) = (&self.source.attrs, &self.source.vis, &self.source.name, self.krate());
        let (parts, table) = (self.parts(), self.table());
        let fields = self.weighted().map(|layer| {
            let (field, ty) = (&self.fields[layer], self.weights_type(layer));
            let doc = format!("The weights of this `{}`.", self.graph.layers[layer].label);
            quote!(#[doc = #doc] pub #field: #ty)
        });
        let (inference, training) = (self.workspace(Forward::Inference), self.workspace(Forward::Training));
        let inputs = self.input_struct(&self.companion("Inputs"), 1, "A batch of inputs");
        let sample = self.input_struct(&self.companion("Input"), 0, "One sample");
        let owned = self.sample_struct();
        let outputs = self.output_struct(&self.companion("Outputs"), 1, "The outputs for a batch");
        let output = self.output_struct(&self.companion("Output"), 0, "The outputs for one sample");
        let input_gradients = self.input_gradient_struct();
        quote_spanned! {self.name().span()=>
            #(#attrs)*
            #[doc = #table]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> {
                #(#fields,)*
                #[doc(hidden)]
                pub __core: #krate::__private::Core<T, #inference, #training>,
            }

            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            #vis struct #parts;

            #inputs
            #sample
            #owned
            #outputs
            #output
            #input_gradients
        }
    }

    pub(super) fn parts(&self) -> Ident {
        super::parts_name(self.source)
    }

    /// The layers with weights, in order.
    pub(super) fn weighted(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.graph.layers.len()).filter(|&layer| self.plan.weighted[layer])
    }

    fn weights_type(&self, layer: usize) -> TokenStream {
        let krate = self.krate();
        match &self.graph.layers[layer].kind {
            LayerKind::Builtin(builtin) => {
                let name = weights_name(&builtin.layer);
                quote!(#krate::weights::#name<T>)
            }
            _ => {
                let parts = self.parts();
                quote!(<#parts as #krate::__private::Part<#layer>>::Weights<T>)
            }
        }
    }

    /// A struct with an array a name; `batch` is the number of batch axes.
    fn input_struct(&self, name: &Ident, batch: usize, what: &str) -> TokenStream {
        let (vis, krate) = (&self.source.vis, self.krate());
        let fields = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (field, element) = (&input.name, self.element_of(edge));
            let ty = array_type(self.source, &element, edge, batch);
            let doc = format!("Shape {}.", shape_text(&input.dims, batch));
            quote!(#[doc = #doc] pub #field: &'a #ty)
        });
        let doc = format!("{what} for [`{}`]: one array a name.", self.source.name);
        let element = self.numeric_inputs().then(|| quote!(T: #krate::Real = ::core::primitive::f32));
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #[derive(Clone, Copy, Debug)]
            #vis struct #name<'a, #element> { #(#fields),* }
        }
    }

    /// What input `edge` holds.
    pub(super) fn element_of(&self, edge: EdgeId) -> TokenStream {
        match (&self.source.inputs[edge].element, self.checked.edges[edge].kind()) {
            (Some(element), _) => quote!(::core::primitive::#element),
            (None, Kind::Int) => quote!(::core::primitive::u32),
            (None, Kind::Mask) => quote!(::core::primitive::bool),
            (None, Kind::Float) => quote!(T),
        }
    }

    /// One sample that owns its arrays, for data sets.
    fn sample_struct(&self) -> TokenStream {
        let (vis, name, krate) = (&self.source.vis, self.companion("Sample"), self.krate());
        let fields = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (field, element) = (&input.name, self.element_of(edge));
            let dim = dimension_type(krate, input.dims.len());
            let doc = format!("Shape {}.", shape_text(&input.dims, 0));
            quote!(#[doc = #doc] pub #field: #krate::ndarray::Array<#element, #dim>)
        });
        let doc = format!("One sample of a data set for [`{}`]: its inputs.", self.source.name);
        let element = self.numeric_inputs().then(|| quote!(T: #krate::Real = ::core::primitive::f32));
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #[derive(Clone, Debug)]
            #vis struct #name<#element> { #(#fields),* }
        }
    }

    /// Does any input hold numbers of the model's element type? Ids alone leave nothing for a type parameter to say.
    pub(super) fn numeric_inputs(&self) -> bool {
        (0..self.source.inputs.len()).any(|edge| self.checked.edges[edge].kind() == Kind::Float)
    }

    /// The element type as an argument of the structs of inputs.
    pub(super) fn input_element(&self) -> Option<TokenStream> {
        self.numeric_inputs().then(|| quote!(T))
    }

    fn output_struct(&self, name: &Ident, batch: usize, what: &str) -> TokenStream {
        let (vis, krate) = (&self.source.vis, self.krate());
        let fields = self.graph.outputs.iter().map(|output| {
            let field = &output.name;
            let dim = dimension_type(krate, self.output_rank(output.edge) + batch);
            quote!(#[doc = "The numbers."] pub #field: #krate::ndarray::Array<T, #dim>)
        });
        let doc = format!("{what} of [`{}`]: one array a name.", self.source.name);
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #[derive(Clone, Debug)]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> { #(#fields),* }
        }
    }

    /// The number of axes of an output of one sample.
    fn output_rank(&self, edge: EdgeId) -> usize {
        let known = self.checked.edges[edge].shape().map(|shape| shape.rank());
        known.or_else(|| self.declared_rank(edge)).unwrap_or(1)
    }

    /// The number of axes that the signature gives an edge, if it is an output; another one does not compile.
    pub(super) fn declared_rank(&self, edge: EdgeId) -> Option<usize> {
        let name = &self.graph.outputs.iter().find(|output| output.edge == edge)?.name;
        match &self.source.outputs {
            Declared::One(dims, _) => Some(dims.len()),
            Declared::Several(outputs) => outputs.iter().find(|(other, _)| other == name).map(|(_, dims)| dims.len()),
            Declared::Open | Declared::Broken => None,
        }
    }

    /// The table of layers for the documentation.
    fn table(&self) -> String {
        let mut table = String::from("\n\n| layer | output shape | reads |\n|---|---|---|\n");
        for input in &self.source.inputs {
            table += &format!("| input `{}` | {} | |\n", input.name, shape_text(&input.dims, 1));
        }
        for node in &self.graph.nodes {
            let shapes: Vec<String> = node.outputs.iter().map(|&edge| self.shape_text(edge)).collect();
            let reads: Vec<String> =
                node.inputs.iter().map(|&edge| format!("`{}`", self.graph.edges[edge].name)).collect();
            let (field, label) = (&self.fields[node.layer], &self.graph.layers[node.layer].label);
            table += &format!(
                "| `{field}` ({}) | {} | {} |\n",
                label.replace('*', "\\*"),
                shapes.join(", "),
                reads.join(", ")
            );
        }
        table
    }

    fn shape_text(&self, edge: EdgeId) -> String {
        match self.checked.input(self.graph, edge) {
            Some(input) => formwork_shape::Msg::EMPTY.shape_of(&input).to_string(),
            None => "by constants".to_string(),
        }
    }

    /// The inputs that hold numbers of the model's element type.
    pub(super) fn float_inputs(&self) -> impl Iterator<Item = (EdgeId, &Input)> {
        let inputs = self.source.inputs.iter().enumerate();
        inputs.filter(|(edge, _)| self.checked.edges[*edge].kind() == Kind::Float)
    }

    /// The gradients of the inputs: one array a name.
    fn input_gradient_struct(&self) -> TokenStream {
        if !self.numeric_inputs() {
            return TokenStream::new();
        }
        let (vis, name, krate) = (&self.source.vis, self.companion("InputGradients"), self.krate());
        let fields = self.float_inputs().map(|(_, input)| {
            let (field, dim) = (&input.name, dimension_type(krate, input.dims.len() + 1));
            quote!(#[doc = "The numbers."] pub #field: #krate::ndarray::Array<T, #dim>)
        });
        let doc = format!("Gradients with respect to the inputs of [`{}`]: one array a name.", self.source.name);
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #[derive(Clone, Debug)]
            #[allow(dead_code)]
            #vis struct #name<T: #krate::Real = ::core::primitive::f32> { #(#fields),* }
        }
    }
}

/// The ndarray type of that many axes.
pub(super) fn dimension_type(krate: &TokenStream, axes: usize) -> TokenStream {
    let ty = axes_name(axes);
    quote!(#krate::ndarray::#ty)
}

/// What ndarray calls that many axes.
pub(super) fn axes_name(axes: usize) -> Ident {
    if axes <= 6 { format_ident!("Ix{axes}") } else { format_ident!("IxDyn") }
}

fn shape_text(dims: &[Dimension], batch: usize) -> String {
    let mut text: Vec<String> = vec!["batch".to_string(); batch];
    text.extend(dims.iter().map(dimension_text));
    format!("({})", text.join(", "))
}

/// The shape of a sample as the signature gives it.
pub(super) fn sample_text(dims: &[Dimension]) -> String {
    let text: Vec<String> = dims.iter().map(dimension_text).collect();
    format!("[{}]", text.join(", "))
}

pub(super) fn dimension_text(dim: &Dimension) -> String {
    match dim {
        Dimension::Fixed(expr) => quote!(#expr).to_string(),
        Dimension::Any(_) => "_".to_string(),
        Dimension::Named(name) => name.to_string(),
    }
}

//! Targets, losses and metrics of a model: one a named output, checked against the output's type.

use formwork_shape::{Activation, Layer, Storage};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Writer;
use super::structs::dimension_type;
use crate::graph::{EdgeId, Node};
use crate::names::plain;
use crate::plan;

impl Writer<'_> {
    /// The structs outside of the block: one field an output, each of a type of its own.
    pub(super) fn training_structs(&self) -> TokenStream {
        let vis = &self.source.vis;
        let names = self.output_names();
        let types = self.numbered("Y");
        let structs = [
            ("Targets", "What the outputs of a batch should be: one array a name."),
            ("Losses", "A loss for each output."),
            ("Metrics", "Metrics for each output: one, a tuple of several, or `()`."),
        ];
        let count = if names.len() == 1 { 1 } else { structs.len() };
        let structs = structs.into_iter().take(count).map(|(suffix, what)| {
            let (name, model) = (self.companion(suffix), self.source.name.to_string());
            let doc = format!("{what} For [`{model}`].");
            quote_spanned! {self.name().span()=>
                #[doc = #doc]
                #[allow(non_camel_case_types)]
                #[derive(Clone, Copy, Debug)]
                #vis struct #name<#(#types),*> { #(#[doc = "Of this output."] pub #names: #types),* }
            }
        });
        let (target, model) = (self.companion("Target"), self.source.name.to_string());
        let doc = format!("What the outputs should be for one sample of a data set. For [`{model}`].");
        let v = self.numbered("V");
        quote_spanned! {self.name().span()=>
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #[derive(Clone, Copy, Debug)]
            #vis struct #target<#(#v),*> { #(#[doc = "Of this output."] pub #names: #v),* }
            #(#structs)*
        }
    }

    /// The implementations inside of the block.
    pub(super) fn training(&self) -> TokenStream {
        let targets = self.companion("Targets");
        let samples = self.samples();
        let names = self.output_names();
        let (y, o) = (self.numbered("Y"), self.numbered("__O"));
        let outputs = self.graph.outputs.iter().zip(&o).map(|(output, alias)| {
            let ty = self.output_type(output.edge);
            quote!(type #alias = #ty;)
        });
        let compile = match (&o[..], &y[..]) {
            ([o], [y]) => self.compile_one(o, y),
            _ => self.compile_several(&o, &y),
        };
        quote_spanned! {self.name().span()=>
            #(#outputs)*

            #samples

            impl<T: __fw::Real, #(#y: __fw::Target<T>),*> __fw::Batch<T> for #targets<#(#y),*> {
                fn sources(&self) -> impl __fw::AsRef<[__fw::Source<'_, T>]> {
                    [#(__fw::Target::<T>::source(&self.#names)),*]
                }
            }

            #compile
        }
    }

    /// What makes batches of samples, and samples of the rows of arrays.
    fn samples(&self) -> TokenStream {
        let (inputs, sample) = (self.companion("Inputs"), self.companion("Sample"));
        let (targets, target) = (self.companion("Targets"), self.companion("Target"));
        let element = self.input_element();
        let generic = element.as_ref().map(|element| quote!(#element: __fw::Real));
        let (v, y) = (self.numbered("V"), self.numbered("Y"));
        let x_names: Vec<&Ident> = self.source.inputs.iter().map(|input| &input.name).collect();
        let y_names = self.output_names();
        let x_stacked = self.source.inputs.iter().enumerate().map(|(edge, input)| {
            let (element, dim) = (self.element_of(edge), dimension_type(self.krate(), input.dims.len() + 1));
            quote!(stacked.array::<#element, #dim>(#edge))
        });
        let y_stacked = (0..y_names.len()).map(|place| quote!(stacked.array(#place)));
        let x_fields = self.fields("input", &inputs, &x_names, (0..x_names.len()).collect(), x_stacked);
        let y_fields = self.fields("target", &targets, &y_names, self.output_edges(), y_stacked);
        quote_spanned! {self.name().span()=>
            impl<#generic> __fw::Fields for #sample<#element> {
                type Batch<'b> = #inputs<'b, #element>;
                #x_fields
            }

            impl<#(#v: __fw::Field),*> __fw::Fields for #target<#(#v),*> {
                type Batch<'b> = #targets<#(&'b __fw::ndarray::ArrayRef<#v::Element, #v::Batch>),*>;
                #y_fields
            }

            impl<'a, #generic> __fw::Columns<'a> for #inputs<'a, #element> {
                type Sample = #sample<#element>;

                fn arrays(&self) -> __fw::Arrays<'a> {
                    __fw::arrays([#(__fw::borrowed(self.#x_names)),*])
                }
            }

            impl<'a, #(#y: __fw::TargetArray<'a>),*> __fw::Columns<'a> for #targets<#(#y),*> {
                type Sample = #target<#(#y::Row),*>;

                fn arrays(&self) -> __fw::Arrays<'a> {
                    __fw::arrays([#(__fw::TargetArray::array(self.#y_names)),*])
                }
            }
        }
    }

    /// The members that the inputs and the targets of a sample have in common.
    fn fields(
        &self,
        role: &str,
        batch: &Ident,
        names: &[&Ident],
        edges: Vec<EdgeId>,
        stacked: impl Iterator<Item = TokenStream>,
    ) -> TokenStream {
        let texts: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let places: Vec<usize> = (0..names.len()).collect();
        let tensors: Vec<_> = edges.into_iter().map(|edge| self.tensor(edge)).collect();
        quote! {
            const NAMES: &'static [&'static __fw::str] = &[#(#texts),*];
            const ROLE: &'static __fw::str = #role;

            fn stack(samples: &[Self], stack: &mut __fw::Stack<'_>) -> __fw::Result<()> {
                #(stack.field(#texts, &#tensors.shape, samples, |sample| &sample.#names)?;)*
                __fw::Ok(())
            }

            fn row(row: __fw::SampleRow<'_>) -> Self {
                Self { #(#names: row.field(#places)),* }
            }

            fn batch(stacked: &__fw::Stacked) -> Self::Batch<'_> {
                #batch { #(#names: #stacked),* }
            }

            fn pad(&mut self, padding: &__fw::Padding) {
                #(__fw::pad(&mut self.#names, &#tensors.shape, padding);)*
            }
        }
    }

    /// A model with one output takes its loss and its metrics as they are.
    fn compile_one(&self, o: &Ident, y: &Ident) -> TokenStream {
        let (name, targets) = (&self.name(), self.companion("Targets"));
        // Compiler notes point at the model's name, not at the whole macro call.
        quote_spanned! {name.span()=>
            impl<T: __fw::Real> #name<T> {
                /// Joins the model with the optimizer and the loss that train it.
                pub fn compile<Opt: __fw::Optimizer<T>, L: __fw::Losses<T> + __fw::Fits<#o>>(
                    self, optimizer: Opt, loss: L,
                ) -> __fw::Compiled<Self, Opt, L> {
                    __fw::Compiled::new(self, optimizer, loss)
                }
            }

            impl<C: __fw::Accepts<#o, #y>, #y> __fw::TargetsFor<C> for #targets<#y> {}

            impl<T: __fw::Real, C: __fw::Fits<#o>> __fw::Measured<C> for #name<T> {}
        }
    }

    /// A model with several outputs takes structs with a field an output.
    fn compile_several(&self, o: &[Ident], y: &[Ident]) -> TokenStream {
        let (name, targets) = (&self.name(), self.companion("Targets"));
        let (losses, metrics) = (self.companion("Losses"), self.companion("Metrics"));
        let names = self.output_names();
        let (l, c) = (self.numbered("L"), self.numbered("C"));
        let places = 0..names.len();
        // Compiler notes point at the model's name, not at the whole macro call.
        quote_spanned! {name.span()=>
            impl<T: __fw::Real> #name<T> {
                /// Joins the model with the optimizer and the losses, one an output, that train it.
                pub fn compile<Opt: __fw::Optimizer<T>, #(#l: __fw::Loss<T> + __fw::Fits<#o>),*>(
                    self, optimizer: Opt, losses: #losses<#(#l),*>,
                ) -> __fw::Compiled<Self, Opt, #losses<#(#l),*>> {
                    __fw::Compiled::new(self, optimizer, losses)
                }
            }

            impl<T: __fw::Real, #(#l: __fw::Loss<T>),*> __fw::Losses<T> for #losses<#(#l),*> {
                fn each(&self) -> impl __fw::AsRef<[&dyn __fw::Loss<T>]> {
                    [#(&self.#names as &dyn __fw::Loss<T>),*]
                }
            }

            impl<T: __fw::Real, #(#c: __fw::Metrics<T>),*> __fw::Metrics<T> for #metrics<#(#c),*> {
                fn visit(&mut self, _: __fw::usize, f: &mut dyn __fw::FnMut(__fw::usize, &mut dyn __fw::Metric<T>)) {
                    #(self.#names.visit(#places, f);)*
                }
            }

            impl<#(#c: __fw::Accepts<#o, #y>,)* #(#y),*> __fw::TargetsFor<#losses<#(#c),*>> for #targets<#(#y),*> {}
            impl<#(#c: __fw::Accepts<#o, #y>,)* #(#y),*> __fw::TargetsFor<#metrics<#(#c),*>> for #targets<#(#y),*> {}
            impl<#(#y),*> __fw::TargetsFor<()> for #targets<#(#y),*> {}
            impl<T: __fw::Real, #(#c: __fw::Fits<#o>),*> __fw::Measured<#losses<#(#c),*>> for #name<T> {}
            impl<T: __fw::Real, #(#c: __fw::Fits<#o>),*> __fw::Measured<#metrics<#(#c),*>> for #name<T> {}
        }
    }

    fn output_names(&self) -> Vec<&Ident> {
        self.graph.outputs.iter().map(|output| &output.name).collect()
    }

    /// `Y0, Y1, ..`: a type parameter an output.
    fn numbered(&self, prefix: &str) -> Vec<Ident> {
        (0..self.graph.outputs.len()).map(|k| Ident::new(&format!("{prefix}{k}"), Span::call_site())).collect()
    }

    /// What losses may know of an output: width, activation, class of shape.
    fn output_type(&self, edge: EdgeId) -> TokenStream {
        let activation = format_ident!("{}", self.activation_of(edge));
        if let Some(shape) = self.checked.edges[edge].shape() {
            let width = if formwork_shape::is_dynamic(shape.last()) { 0 } else { shape.last() };
            let class = format_ident!("{}", class(shape.rank(), width));
            return quote!(__fw::Output<#width, __fw::outputs::#activation, __fw::outputs::#class>);
        }
        let tensor = self.tensor(edge);
        quote! {
            __fw::Output<
                { __fw::width(&#tensor.shape) },
                __fw::outputs::#activation,
                <__fw::If<{ #tensor.shape.rank() >= 2 }> as __fw::Pick<
                    __fw::outputs::Map,
                    <__fw::If<{ __fw::width(&#tensor.shape) == 1 }> as __fw::Pick<__fw::outputs::Scalar, __fw::outputs::Vector>>::Out,
                >>::Out,
            >
        }
    }

    /// The activation that made the numbers of an edge, through layers that only lay them out anew.
    fn activation_of(&self, edge: EdgeId) -> &'static str {
        let Some((node, _)) = self.graph.edges[edge].from else { return "other" };
        let node = &self.graph.nodes[node];
        let facts = plan::facts(self.graph, node);
        match facts.activation {
            _ if facts.storage != Storage::Own || self.is_penalty(node) => self.activation_of(node.inputs[0]),
            Some(Activation::Linear) => "linear",
            Some(Activation::Sigmoid) => "sigmoid",
            Some(Activation::Softmax) => "softmax",
            Some(Activation::LogSoftmax) => "log_softmax",
            _ => "other",
        }
    }
}

impl Writer<'_> {
    /// Does the layer leave its input as it is, and only add to the loss?
    fn is_penalty(&self, node: &Node) -> bool {
        self.graph.builtin(node).is_some_and(|builtin| matches!(builtin.layer, Layer::ActivityRegularization(_)))
    }
}

fn class(rank: usize, width: usize) -> &'static str {
    match (rank, width) {
        (1, 1) => "Scalar",
        (0 | 1, _) => "Vector",
        _ => "Map",
    }
}

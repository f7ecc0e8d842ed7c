//! Which arrays the inputs take, and what the compiler says of an array with an axis more or less.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::structs::{axes_name, sample_text};
use crate::ast::Source;
use crate::names::plain;

/// What a field of the inputs refers to: any array of its axes and its element, with `batch` batch axes.
pub(super) fn array_type(source: &Source, element: &TokenStream, input: usize, batch: usize) -> TokenStream {
    let (krate, owner, place) = (&source.krate, owner(source), place(source, input, batch));
    quote!(dyn #krate::model::InputArray<#element, #owner, #place>)
}

/// Whose inputs they are: the model, or what stands for it where a type parameter has its name.
fn owner(source: &Source) -> Ident {
    if is_model(source) { source.name.clone() } else { super::parts_name(source) }
}

fn is_model(source: &Source) -> bool {
    super::inner_name(source) == source.name
}

/// The inputs of a batch are counted first, then those of one sample.
fn place(source: &Source, input: usize, batch: usize) -> usize {
    if batch == 1 { input } else { source.inputs.len() + input }
}

/// The most axes that have a type of their own; an array with more counts them in its data.
const MOST: usize = 6;

/// Axes that only the data counts.
const DYNAMIC: usize = usize::MAX;

/// What is wrong with an array of so many axes.
struct Mistake {
    name: &'static str,
    axes: usize,
    message: String,
    label: &'static str,
    hint: String,
}

/// The axes of every field of the inputs, and messages for one axis less, one more, and a number that only the data knows.
pub(super) fn places(source: &Source) -> TokenStream {
    let places = source.inputs.iter().enumerate().flat_map(|(k, input)| {
        if input.broken {
            return [
                any_axes(source, &input.name, place(source, k, 1)),
                any_axes(source, &input.name, place(source, k, 0)),
            ];
        }
        let (shape, name, axes) = (sample_text(&input.dims), plain(&input.name), input.dims.len());
        let batch = format!("expected a batch of {shape} for `{name}`");
        let sample = format!("expected one sample of {shape} for `{name}`");
        let of_batch = vec![
            Mistake {
                name: "is_one_sample",
                axes,
                message: format!("{batch}, got one sample"),
                label: "one sample: the batch axis is missing",
                hint: "add the batch axis, `&array.insert_axis(Axis(0))`, or call `predict_one`".to_string(),
            },
            Mistake {
                name: "has_one_axis_more",
                axes: axes + 2,
                message: format!("{batch}, got an array with one axis more"),
                label: "is the batch axis there twice?",
                hint: "take one away, `&array.remove_axis(Axis(0))`, or write the axis into the `Input<..>`"
                    .to_string(),
            },
            unknown_axes(&batch, axes + 1),
        ];
        let of_sample = vec![
            Mistake {
                name: "is_a_batch",
                axes: axes + 1,
                message: format!("{sample}, got a batch"),
                label: "a batch: one axis more",
                hint: "take a sample out of it, `&array.index_axis(Axis(0), 0)`, or call `predict`".to_string(),
            },
            unknown_axes(&sample, axes),
        ];
        [
            fields(source, &input.name, place(source, k, 1), axes + 1, of_batch),
            fields(source, &input.name, place(source, k, 0), axes, of_sample),
        ]
    });
    places.collect()
}

/// An input that did not parse takes every array.
fn any_axes(source: &Source, input: &Ident, place: usize) -> TokenStream {
    let owner = owner(source);
    let (bounds, generic) = if is_model(source) { (quote!(<T: __fw::Real>), quote!(<T>)) } else { Default::default() };
    let dims = (0..=MOST + 1).map(axes_name).map(|name| Ident::new(&name.to_string(), input.span()));
    quote! {
        impl #bounds __fw::Place<#place> for #owner #generic {
            type Axes = __fw::ndarray::IxDyn;
        }
        #(impl #bounds __fw::AxesOf<#owner #generic, #place> for __fw::ndarray::#dims {
            fn axes_of<A>(_: &__fw::ndarray::ArrayRef<A, Self>) -> &__fw::ndarray::ArrayRef<A, __fw::ndarray::IxDyn> {
                ::core::unreachable!()
            }
        })*
    }
}

fn unknown_axes(expected: &str, axes: usize) -> Mistake {
    Mistake {
        name: "has_unknown_axes",
        axes: DYNAMIC,
        message: format!("{expected}, got an array whose axes only the data counts"),
        label: "an `ArrayD`",
        hint: format!("count them: `&array.into_dimensionality::<Ix{axes}>()?`"),
    }
}

fn fields(source: &Source, input: &Ident, place: usize, axes: usize, mistakes: Vec<Mistake>) -> TokenStream {
    // The notes of the compiler point at the input, not at the whole macro call.
    let span = input.span();
    let mut owner = owner(source);
    owner.set_span(span);
    // What stands for the model has no parameter that a message could hang on.
    let (bounds, generic) = match is_model(source) {
        true => (quote_spanned!(span=> <T: __fw::Real>), quote_spanned!(span=> <T>)),
        false => Default::default(),
    };
    let type_of = |axes| {
        let name = Ident::new(&axes_name(axes).to_string(), span);
        quote_spanned!(span=> __fw::ndarray::#name)
    };
    let dim = type_of(axes);
    let mistakes = mistakes.into_iter().filter(|_| is_model(source)).filter(|mistake| match mistake.axes {
        DYNAMIC => axes <= MOST,
        other => other <= MOST,
    });
    let mistakes = mistakes.map(|mistake| {
        let (given, name) = (type_of(mistake.axes), format_ident!("{}_{}", plain(input), mistake.name, span = span));
        let (message, label, hint) = (mistake.message, mistake.label, format!("hint: {}", mistake.hint));
        quote_spanned! {span=>
            const _: () = {
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #hint)]
                #[allow(non_camel_case_types)]
                pub trait #name {
                    fn nothing<R>() -> R;
                }
                impl<T: __fw::Real + #name> __fw::AxesOf<#owner #generic, #place> for #given {
                    fn axes_of<A>(_: &__fw::ndarray::ArrayRef<A, #given>) -> &__fw::ndarray::ArrayRef<A, #dim> {
                        T::nothing()
                    }
                }
            };
        }
    });
    quote_spanned! {span=>
        impl #bounds __fw::Place<#place> for #owner #generic {
            type Axes = #dim;
        }
        impl #bounds __fw::AxesOf<#owner #generic, #place> for #dim {
            fn axes_of<A>(array: &__fw::ndarray::ArrayRef<A, #dim>) -> &__fw::ndarray::ArrayRef<A, #dim> {
                array
            }
        }
        #(#mistakes)*
    }
}

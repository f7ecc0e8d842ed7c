//! Which arrays the inputs take, and what the compiler says of an array with an axis more or less.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::structs::{axes_name, dimension_text, sample_text};
use crate::ast::{Dimension, Source};
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

/// What is wrong with an array of one of these numbers of axes.
struct Mistake {
    name: &'static str,
    axes: Vec<usize>,
    /// `{AXES}` is how many the array has.
    message: String,
    label: String,
    hint: String,
}

/// The axes of every field of the inputs, and messages for any other number of them, and for one that only the data knows.
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
                axes: vec![axes],
                message: format!("{batch}, got one sample"),
                label: "one sample: the batch axis is missing".to_string(),
                hint: "add the batch axis, `&array.insert_axis(Axis(0))`, or call `predict_one`".to_string(),
            },
            Mistake {
                name: "has_one_axis_more",
                axes: vec![axes + 2],
                message: format!("{batch}, got an array with one axis more"),
                label: "is the batch axis there twice?".to_string(),
                hint: "take one away, `&array.remove_axis(Axis(0))`, or write the axis into the `Input<..>`"
                    .to_string(),
            },
            other_axes(
                &batch,
                axes + 1,
                axes..axes + 3,
                &format!("the batch first: `{}`", reshape(Some("32"), &input.dims)),
            ),
            unknown_axes(&batch, axes + 1),
        ];
        let of_sample = vec![
            Mistake {
                name: "is_a_batch",
                axes: vec![axes + 1],
                message: format!("{sample}, got a batch"),
                label: "a batch: one axis more".to_string(),
                hint: "take a sample out of it, `&array.index_axis(Axis(0), 0)`, or call `predict`".to_string(),
            },
            other_axes(&sample, axes, axes..axes + 2, &format!("`{}`", reshape(None, &input.dims))),
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

/// Any number of axes but those of which there is more to say.
fn other_axes(expected: &str, rank: usize, but: Range<usize>, how: &str) -> Mistake {
    Mistake {
        name: "has_other_axes",
        axes: (0..=MOST).filter(|axes| !but.contains(axes)).collect(),
        message: format!("{expected}, got an array of rank {{AXES}}"),
        label: format!("rank {{AXES}}, not {rank}"),
        hint: format!("give the array the axes of the input, {how}"),
    }
}

/// What makes an array of as many numbers one of these dims, with 10 for those that only the data know.
fn reshape(batch: Option<&str>, dims: &[Dimension]) -> String {
    let dims = dims.iter().map(|dim| match dim {
        Dimension::Fixed(_) => dimension_text(dim),
        Dimension::Any(_) | Dimension::Named(_) => "10".to_string(),
    });
    let dims: Vec<String> = batch.map(str::to_string).into_iter().chain(dims).collect();
    match &dims[..] {
        [one] => format!("&array.into_shape_with_order({one})?"),
        _ => format!("&array.into_shape_with_order(({}))?", dims.join(", ")),
    }
}

fn unknown_axes(expected: &str, axes: usize) -> Mistake {
    Mistake {
        name: "has_unknown_axes",
        axes: vec![DYNAMIC],
        message: format!("{expected}, got an array whose axes only the data counts"),
        label: "an `ArrayD`".to_string(),
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
    let mistakes = mistakes.into_iter().filter(|_| is_model(source)).map(|mistake| {
        let name = format_ident!("{}_{}", plain(input), mistake.name, span = span);
        let (message, label, hint) = (mistake.message, mistake.label, format!("hint: {}", mistake.hint));
        // The message of a trait for several numbers says which one it is.
        let counted = mistake.axes.len() > 1;
        let parameter = counted.then(|| quote_spanned!(span=> <const AXES: __fw::usize>));
        let possible = mistake.axes.into_iter().filter(|given| match *given {
            DYNAMIC => axes <= MOST,
            other => other <= MOST,
        });
        let impls = possible.map(|count| {
            let given = type_of(count);
            let argument = counted.then(|| quote_spanned!(span=> <#count>));
            quote_spanned! {span=>
                impl<T: __fw::Real + #name #argument> __fw::AxesOf<#owner #generic, #place> for #given {
                    fn axes_of<A>(_: &__fw::ndarray::ArrayRef<A, #given>) -> &__fw::ndarray::ArrayRef<A, #dim> {
                        T::nothing()
                    }
                }
            }
        });
        quote_spanned! {span=>
            const _: () = {
                #[diagnostic::on_unimplemented(message = #message, label = #label, note = #hint)]
                #[allow(non_camel_case_types)]
                pub trait #name #parameter {
                    fn nothing<R>() -> R;
                }
                #(#impls)*
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

//! The models of `pass/` as editors see them: this crate compiles if the plain Rust that `model!` writes for them has a
//! type everywhere.
#![allow(missing_docs, dead_code, clippy::all, clippy::pedantic)]

#[path = "../../pass/arrays.rs"]
mod arrays;
#[path = "../../pass/assignment.rs"]
mod assignment;
#[path = "../../pass/constants.rs"]
mod constants;
#[path = "../../pass/delimiters.rs"]
mod delimiters;
#[path = "../../pass/dynamic_axes.rs"]
mod dynamic_axes;
#[path = "../../pass/element_types.rs"]
mod element_types;
#[path = "../../pass/functional_two_inputs.rs"]
mod functional_two_inputs;
#[path = "../../pass/helpers.rs"]
mod helpers;
#[path = "../../pass/ids.rs"]
mod ids;
#[path = "../../pass/inside_function.rs"]
mod inside_function;
#[path = "../../pass/loops.rs"]
mod loops;
#[path = "../../pass/many_layers.rs"]
mod many_layers;
#[path = "../../pass/mobilenet_v2.rs"]
mod mobilenet_v2;
#[path = "../../pass/nested_models.rs"]
mod nested_models;
#[path = "../../pass/operators.rs"]
mod operators;
#[path = "../../pass/own_layer.rs"]
mod own_layer;
#[path = "../../pass/resnet50.rs"]
mod resnet50;
#[path = "../../pass/sequential.rs"]
mod sequential;
#[path = "../../pass/several_outputs.rs"]
mod several_outputs;
#[path = "../../pass/shared_layers.rs"]
mod shared_layers;
#[path = "../../pass/transformer.rs"]
mod transformer;
#[path = "../../pass/unet.rs"]
mod unet;
#[path = "../../pass/vgg16.rs"]
mod vgg16;
#[path = "../../pass/visibility_and_attributes.rs"]
mod visibility_and_attributes;

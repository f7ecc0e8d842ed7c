//! What generated code calls. Not for anybody else: it may change with every version.

pub use core::primitive::{bool, f32, f64, str, u32, u64, usize};
pub use formwork_shape::{
    self as shape, DYN, In, Kind, Layer as AnyLayer, Msg, Operator, Outs, Rule, Shape as ShapeValue, Tale, Tensor,
    axis, is_dynamic, layers,
};
#[doc(hidden)]
pub use ndarray;
pub use smallvec::{SmallVec, smallvec};
// By their paths, because the user's crate may have others of these names.
pub use std::clone::Clone;
pub use std::convert::AsRef;
pub use std::ops::FnMut;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::Ok;
pub use std::vec::Vec;
pub use typenum;

pub use crate::checked::{Checked, Given, Spec};
pub use crate::data::{
    AnyArray, Arrays, Columns, Field, Fields, Padding, Row as SampleRow, Stack, Stacked, TargetArray, arrays, borrowed,
    pad,
};
pub use crate::kernel::{After, Pass, Work};
pub use crate::layer::{
    Backward as LayerBackward, EachStep, Layer, NoSettings, Part, Probe, Refused, RefusedAgain, Shapes, Unfit,
    Unsigned, mistake, work,
};
pub use crate::model::back::Into::{First, More, Spare, Unread};
pub use crate::model::back::{
    Back, NOTHING, X, X_AND_Y, Y, back_with_training, backward, backward_many, backward_with, custom_backward,
};
pub use crate::model::call::{
    Draw, Run, custom, drawn, infer, infer_many, infer_with, train, train_many, train_with, with_training,
};
pub use crate::model::stretch::{Stretch, by_samples};
pub use crate::model::{
    AxesOf, Batch, Core, Graph, Ids, Model, Numbers, OutputSlot, Outputs, Place, Port, Row, Source, Views, Workspace,
    check_sample,
};
pub use crate::nested::{NestedWork, nested_backward, nested_infer, nested_shapes, nested_train};
pub use crate::random::{Purpose, Random};
pub use crate::train::{
    self as outputs, Accepts, Compiled, Fits, InputsOf, Loss, Losses, Measured, Metric, Metrics, Optimizer, Output,
    Target, TargetsFor,
};
pub use crate::types::{Dim, Dyn, If, Pick, Poison, Shape};
pub use crate::view::{View, ViewMut};
pub use crate::weights::{
    Layers, Named, NamedMut, Parameters, Settings, Variable, WeightGrads, Weights, layer, layer_mut, visit_layers,
    visit_layers_mut,
};
pub use crate::{Error, Real, Result, dim, shape_type, weights};

/// What the printed configuration of a layer mentions, and nothing that a user's constant could be called.
pub mod words {
    pub use formwork_shape::words::*;
    pub use std::option::Option::{None, Some};
}

/// Dimension `i` of a shape, 0 where there is none.
pub const fn dim_or_zero(shape: &ShapeValue, i: usize) -> usize {
    if i < shape.rank() { shape.dim(i) } else { 0 }
}

/// The shape of an input whose dimensions are constants; a mistake poisons it.
pub const fn input_shape(dims: &[usize], dynamic: &[bool]) -> ShapeValue {
    if input_mistake("", dims, dynamic).is_empty() { ShapeValue::new(dims) } else { ShapeValue::POISON }
}

/// What is wrong with the dimensions of an input.
pub const fn input_mistake(name: &str, dims: &[usize], dynamic: &[bool]) -> Msg {
    let mut i = 0;
    while i < dims.len() {
        if !dynamic[i] {
            if dims[i] == 0 {
                return Msg::new("input `")
                    .text(name)
                    .text("` has an axis of length 0, so it holds nothing")
                    .hint("an axis that only the data knows is written `_`");
            }
            if dims[i] > u32::MAX as usize {
                return Msg::new("input `").text(name).text("` has an axis that is too long for any memory");
            }
        }
        i += 1;
    }
    Msg::EMPTY
}

/// What is wrong with a shape that was stated for a tensor.
pub const fn stated(x: &In, stated: ShapeValue) -> Msg {
    if x.shape.is_poison() || stated.compatible(&x.shape) {
        return Msg::EMPTY;
    }
    let wanted = In { name: x.name, shape: stated, kind: x.kind, axes: x.axes };
    let m =
        Msg::new("`").text(x.name).text("` is stated as ").shape_of(&wanted).text(", but it has shape ").shape_of(x);
    m.text("\nhint: write `Shape<").axes(x).text(">`, or change the layer")
}

/// What is wrong with the declared shape of an output; no `name` where there is only one.
pub const fn declared(name: &str, x: &In, declared: ShapeValue) -> Msg {
    if x.shape.is_poison() || declared.compatible(&x.shape) {
        return Msg::EMPTY;
    }
    Msg::declared(name, &In { name: x.name, shape: declared, kind: x.kind, axes: x.axes }, x)
}

/// The outputs of a built-in layer whose inputs' dynamic axes are known.
pub fn resolve(layer: &AnyLayer, x: &[In], edges: &mut [ShapeValue], outputs: &[usize]) -> Result<(), Msg> {
    let outs = layer.outputs(x)?;
    for (i, &edge) in outputs.iter().enumerate() {
        edges[edge] = outs.get(i).shape;
    }
    Ok(())
}

/// A new array of `rows` rows, the first of which are those of a view.
pub fn to_array<T: Real, D: ndarray::Dimension>(view: &View<'_, T>, rows: usize) -> ndarray::Array<T, D> {
    let mut dims = vec![rows];
    dims.extend_from_slice(view.shape().dims());
    let mut data = Vec::with_capacity(rows * view.shape().size());
    data.extend_from_slice(view.data());
    data.resize(rows * view.shape().size(), T::zero());
    ndarray::ArrayD::from_shape_vec(dims, data)
        .ok()
        .and_then(|array| array.into_dimensionality().ok())
        .expect("the macro declares the rank that the rule gives")
}

/// A view into an array that exists, from row `first` on; into a new one of `rows` rows where its shape differs.
pub fn store<T: Real, D: ndarray::Dimension>(
    view: &View<'_, T>,
    first: usize,
    rows: usize,
    array: &mut ndarray::Array<T, D>,
) {
    let fits = array.shape().first() == Some(&rows) && array.shape()[1..] == *view.shape().dims();
    if !fits || !array.is_standard_layout() {
        *array = to_array(view, rows);
    }
    if let Some(data) = array.as_slice_mut() {
        data[first * view.shape().size()..][..view.data().len()].copy_from_slice(view.data());
    }
}

/// The settings of a user-defined layer. Their type differs from what is expected only where the layer was refused,
/// which stops the compilation.
pub fn settings<Given: 'static, Expected: 'static>(given: Given) -> Expected {
    let mut given = Some(given);
    let any: &mut dyn std::any::Any = &mut given;
    any.downcast_mut::<Option<Expected>>().and_then(Option::take).expect("a refused layer stops the compilation")
}

/// The smallest of some limits.
pub const fn smallest(limits: &[Option<usize>]) -> Option<usize> {
    let mut smallest = None;
    let mut i = 0;
    while i < limits.len() {
        smallest = match (smallest, limits[i]) {
            (Some(a), Some(b)) if b < a => Some(b),
            (None, limit) => limit,
            (limit, _) => limit,
        };
        i += 1;
    }
    smallest
}

/// What a layer says of its input `i`.
pub const fn of_input<A: Copy>(said: &[Option<A>], i: usize) -> Option<A> {
    if i < said.len() { said[i] } else { None }
}

/// The first name among some.
pub const fn first(names: &[Option<&'static str>]) -> Option<&'static str> {
    let mut i = 0;
    while i < names.len() {
        if names[i].is_some() {
            return names[i];
        }
        i += 1;
    }
    None
}

/// The width of the last axis, 0 where it is dynamic or unknown.
pub const fn width(shape: &ShapeValue) -> usize {
    if shape.rank() == 0 || is_dynamic(shape.last()) { 0 } else { shape.last() }
}

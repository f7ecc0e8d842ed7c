//! What a loss or a metric may know about an output of a model while the program compiles.

use std::marker::PhantomData;

/// An output: the width of its last axis, the activation that ends it, and its class of shape.
#[derive(Clone, Copy, Debug)]
pub struct Output<const WIDTH: usize, A, C>(PhantomData<(A, C)>);

/// Types without values: as values, names such as `other` would turn up in the patterns of whoever imports everything.
macro_rules! markers {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
    )* };
}

markers! {
    /// No activation: any number may come out.
    linear
    /// Each number is a probability of its own.
    sigmoid
    /// The numbers of the last axis are probabilities that add up to 1.
    softmax
    /// The logarithm of [`softmax`].
    log_softmax
    /// Another activation, or one that the macro cannot see.
    other
    /// One number a sample.
    Scalar
    /// Several numbers in one axis a sample.
    Vector
    /// Two axes or more a sample.
    Map
}

/// This loss or metric makes sense for the output `O`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit the output `{O}`",
    label = "does not fit this output",
    note = "an output prints as Output<width of the last axis, activation, class of shape>",
    note = "hint: a loss or metric of your own says so by `impl<O> formwork::train::Fits<O> for ..`"
)]
pub trait Fits<O> {}

/// An activation after which each number is a probability of its own.
#[diagnostic::on_unimplemented(
    message = "a binary cross-entropy made by `new()` takes the probabilities of a sigmoid, but the output ends in `{Self}`",
    label = "needs an output that ends in a sigmoid",
    note = "hint: write `activation = sigmoid` in the last layer; or, for an output without activation (linear), make the \
            loss by `::from_logits()`",
    note = "hint: for one class of several (softmax) use `CategoricalCrossentropy` or `SparseCategoricalCrossentropy`"
)]
pub trait BinaryProbabilities {}

impl BinaryProbabilities for sigmoid {}
impl BinaryProbabilities for other {}

/// An activation whose numbers a sigmoid would turn into probabilities.
#[diagnostic::on_unimplemented(
    message = "a binary cross-entropy made by `from_logits()` applies the sigmoid itself, but the output ends in `{Self}`",
    label = "needs an output without activation",
    note = "hint: make the loss by `::new()` for an output that ends in a sigmoid, or remove the activation of the last layer"
)]
pub trait BinaryLogits {}

impl BinaryLogits for linear {}
impl BinaryLogits for other {}

/// An activation after which the numbers of the last axis are probabilities of classes, for an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "a categorical cross-entropy made by `new()` takes the probabilities of a softmax, but the output ends in \
               `{Self}`",
    label = "needs an output that ends in a softmax",
    note = "hint: write `activation = softmax` in the last layer; or, for an output without activation (linear), make the \
            loss by `::from_logits()`",
    note = "hint: for several yes-or-no answers a sample (sigmoid) use `BinaryCrossentropy`"
)]
pub trait ClassProbabilities<C> {}

impl ClassProbabilities<Vector> for softmax {}
impl ClassProbabilities<Map> for softmax {}
impl ClassProbabilities<Vector> for other {}
impl ClassProbabilities<Map> for other {}
/// [`SeveralClasses`] speaks about these.
impl<A> ClassProbabilities<Scalar> for A {}

/// An activation whose numbers a softmax would turn into probabilities of classes, for an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "a categorical cross-entropy made by `from_logits()` applies the softmax itself, but the output ends in `{Self}`",
    label = "needs an output without activation",
    note = "hint: make the loss by `::new()` for an output that ends in a softmax, or remove the activation of the last layer"
)]
pub trait ClassLogits<C> {}

impl ClassLogits<Vector> for linear {}
impl ClassLogits<Map> for linear {}
impl ClassLogits<Vector> for log_softmax {}
impl ClassLogits<Map> for log_softmax {}
impl ClassLogits<Vector> for other {}
impl ClassLogits<Map> for other {}
/// [`SeveralClasses`] speaks about these.
impl<A> ClassLogits<Scalar> for A {}

/// A class of shape with more than one class to choose from.
#[diagnostic::on_unimplemented(
    message = "this loss or metric chooses among classes, but the output is one number a sample",
    label = "needs one number a class",
    note = "hint: for a yes-or-no answer use `BinaryCrossentropy` and `BinaryAccuracy`; for classes make the last layer as wide \
            as there are classes, as in `Dense(10, activation = softmax)`"
)]
pub trait SeveralClasses {}

impl SeveralClasses for Vector {}
impl SeveralClasses for Map {}

/// A class of shape that is a sequence of steps.
#[diagnostic::on_unimplemented(
    message = "`CTC` reads labels off a sequence of steps, but the output has no steps",
    label = "needs an output of shape [steps, classes]",
    note = "hint: let the recurrent layers return all steps, `LSTM(64, return_sequences = true)`, and end in \
            `TimeDistributed(Dense(classes))`; for one class a sample use `SparseCategoricalCrossentropy`"
)]
pub trait Sequence {}

impl Sequence for Map {}

/// A class of shape that is one vector a sample.
#[diagnostic::on_unimplemented(
    message = "`Circle` compares vectors, one a sample, but the output is no vector",
    label = "needs an output of one axis with several numbers",
    note = "hint: `Flatten()` or a pooling over all places makes a vector, `UnitNormalization()` gives it a length of 1"
)]
pub trait Embedding {}

impl Embedding for Vector {}

/// An activation whose numbers answer yes or no, each for itself, for an output of class `C`.
#[diagnostic::on_unimplemented(
    message = "this metric takes yes-or-no answers, but the numbers of the output share one `{Self}`",
    label = "needs one number a sample, or independent ones",
    note = "hint: for one class of several use `Accuracy`, `CategoricalAccuracy` or `SparseCategoricalAccuracy`"
)]
pub trait YesOrNo<C> {}

impl<A> YesOrNo<Scalar> for A {}
impl YesOrNo<Vector> for sigmoid {}
impl YesOrNo<Map> for sigmoid {}
impl YesOrNo<Vector> for linear {}
impl YesOrNo<Map> for linear {}
impl YesOrNo<Vector> for other {}
impl YesOrNo<Map> for other {}

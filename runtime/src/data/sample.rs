//! Samples: the structs that `model!` writes for the inputs and targets of one sample, and batches of them.

use std::sync::Arc;

use formwork_shape::{Shape, is_dynamic};
use ndarray::{Array, ArrayD, Axis, IxDyn, RemoveAxis};

use super::array::{AnyArray, Arrays, Borrowed, OwnedArray};
use super::element::Element;
use super::field::Field;
use super::padding::{Padding, fit_axis};
use super::sample_weights::SampleWeights;
use crate::{Error, Result};

/// The inputs or the targets of one sample: a struct with a field a name, which `model!` writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a model takes for one sample",
    label = "a sample is a pair of a model's `..Sample` and `..Target`",
    note = "hint: `.map(|(image, label)| (DigitsSample {{ image }}, DigitsTarget {{ output: label }}))` names the arrays of `Digits`"
)]
pub trait Fields: Clone + Send + Sync + Sized + 'static {
    /// The same for a batch, of references to arrays.
    type Batch<'b>;
    /// The names in order.
    const NAMES: &'static [&'static str];
    /// `input` or `target`, for messages.
    const ROLE: &'static str;

    /// Puts the fields of some samples on top of each other.
    #[doc(hidden)]
    fn stack(samples: &[Self], stack: &mut Stack<'_>) -> Result<()>;

    /// The sample in one row.
    #[doc(hidden)]
    fn row(row: Row<'_>) -> Self;

    /// A batch that borrows stacked arrays.
    #[doc(hidden)]
    fn batch(stacked: &Stacked) -> Self::Batch<'_>;

    /// Brings every sequence to the length of `padding`.
    #[doc(hidden)]
    fn pad(&mut self, padding: &Padding);
}

/// The inputs or the targets of a batch, by name: what `model!` implements for its structs of arrays.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither the inputs nor the targets of a model",
    label = "arrays without names",
    note = "hint: name them, as in `DigitsInputs {{ image: &images }}` and `DigitsTargets {{ output: &labels }}`"
)]
pub trait Columns<'a> {
    /// One row of each.
    type Sample: Fields;

    /// The arrays in the order of their names.
    #[doc(hidden)]
    fn arrays(&self) -> Arrays<'a>;
}

/// What a data set must hold to be put into batches: inputs and targets, and how much the sample counts if it may differ.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no sample that can be put into batches",
    label = "not a pair of a model's `..Sample` and `..Target`",
    note = "hint: `.map(|item| (DigitsSample {{ image }}, DigitsTarget {{ output }}))` makes samples of other items",
    note = "hint: a third member, such as a number, is how much the sample counts; `()` stands for targets that are not known"
)]
pub trait Sample: Send {
    /// The model's `..Sample`.
    type Inputs: Fields;
    /// The model's `..Target`.
    type Targets: Fields;

    /// Inputs, targets, and how much the sample counts.
    #[doc(hidden)]
    fn parts(self) -> (Self::Inputs, Self::Targets, SampleWeights);
}

impl<I: Fields, V: Fields> Sample for (I, V) {
    type Inputs = I;
    type Targets = V;

    fn parts(self) -> (I, V, SampleWeights) {
        (self.0, self.1, SampleWeights::none())
    }
}

impl<I: Fields, V: Fields, W: Into<SampleWeights> + Send> Sample for (I, V, W) {
    type Inputs = I;
    type Targets = V;

    fn parts(self) -> (I, V, SampleWeights) {
        (self.0, self.1, self.2.into())
    }
}

/// Samples whose targets are not known.
impl Fields for () {
    type Batch<'b> = ();
    const NAMES: &'static [&'static str] = &[];
    const ROLE: &'static str = "target";

    fn stack(_: &[()], _: &mut Stack<'_>) -> Result<()> {
        Ok(())
    }

    fn row(_: Row<'_>) {}

    fn batch(_: &Stacked) {}

    fn pad(&mut self, _: &Padding) {}
}

impl<'a> Columns<'a> for () {
    type Sample = ();

    fn arrays(&self) -> Arrays<'a> {
        Arrays::new()
    }
}

/// One row of some arrays.
#[derive(Clone, Copy)]
pub struct Row<'r> {
    pub(super) arrays: &'r [Arc<dyn AnyArray + 'r>],
    pub(super) index: usize,
}

impl Row<'_> {
    /// The row of array `k`.
    pub fn field<F: Field>(&self, k: usize) -> F {
        let row = self.arrays[k].row(self.index);
        let row: &ArrayD<F::Element> = row.downcast_ref().expect("the macro gives each field one type");
        F::of(row.view())
    }
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("index", &self.index).finish_non_exhaustive()
    }
}

/// The arrays of a batch.
#[derive(Default)]
pub struct Stacked {
    arrays: Vec<Box<dyn OwnedArray>>,
}

impl Stacked {
    pub(super) fn select(arrays: &Borrowed<'_>, rows: &[usize]) -> Stacked {
        Stacked { arrays: arrays.iter().map(|array| array.select(rows)).collect() }
    }

    /// Array `k`.
    pub fn array<E: Element, D: RemoveAxis + 'static>(&self, k: usize) -> &Array<E, D> {
        self.arrays[k].any().downcast_ref().expect("the macro gives each field one type")
    }

    pub(crate) fn arrays(&self) -> Borrowed<'_> {
        self.arrays.iter().map(|array| &**array as &dyn AnyArray).collect()
    }
}

impl std::fmt::Debug for Stacked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.arrays.iter().map(|array| array.dims())).finish()
    }
}

/// Puts samples on top of each other, field by field.
#[derive(Debug)]
pub struct Stack<'p> {
    role: &'static str,
    /// The number of the first sample.
    first: usize,
    padding: Option<&'p Padding>,
    stacked: Stacked,
}

impl<'p> Stack<'p> {
    /// Room for samples of which the first has this number.
    pub(super) fn new(role: &'static str, first: usize, padding: Option<&'p Padding>) -> Self {
        Stack { role, first, padding, stacked: Stacked::default() }
    }

    pub(super) fn finish(self) -> Stacked {
        self.stacked
    }

    /// Adds one field of all samples; where it is padded, then on axes that the model says `_` for.
    pub fn field<S, F: Field>(
        &mut self,
        name: &str,
        declared: &Shape,
        samples: &[S],
        field: impl Fn(&S) -> &F,
    ) -> Result<()> {
        let fields = samples.iter().map(&field);
        let padded = |axis: usize| declared.dims().get(axis).is_some_and(|n| is_dynamic(*n));
        let mut dims = fields.clone().next().map(|field| field.values().shape().to_vec()).unwrap_or_default();
        for (place, field) in fields.clone().enumerate() {
            let values = field.values();
            let fits = |axis: usize, n: usize| n == dims[axis] || (self.padding.is_some() && padded(axis));
            let same = values.ndim() == dims.len() && values.shape().iter().enumerate().all(|(axis, n)| fits(axis, *n));
            if !same {
                let (role, first, second, got) = (self.role, self.first, self.first + place, values.shape());
                let way_out = match self.padding {
                    Some(_) => {
                        "only axes that are `_` or have a name in the model are padded to the longest of a batch"
                    }
                    None => {
                        "samples of one batch need the same shape; `.padded_batch(n)` pads them to the longest of a \
                         batch, `.padded(length)` all to one length"
                    }
                };
                return Err(Error::data(format!(
                    "{role} `{name}` has shape {dims:?} in sample {first}, but {got:?} in sample {second}: {way_out}"
                )));
            }
            dims.iter_mut().zip(values.shape()).for_each(|(longest, n)| *longest = (*longest).max(*n));
        }
        let size: usize = dims.iter().product();
        let fill = F::Element::from_number(self.padding.map_or(0.0, Padding::fill));
        let mut data = Vec::with_capacity(fields.len() * size);
        let count = fields.len();
        for field in fields {
            let values = field.values();
            match (values.as_slice(), self.padding) {
                (Some(values), _) if values.len() == size => data.extend_from_slice(values),
                (None, _) if values.shape() == dims => data.extend(values.iter().copied()),
                (_, Some(padding)) => {
                    let padded = dims.iter().enumerate().fold(values.to_owned(), |values, (axis, length)| {
                        fit_axis(values, Axis(axis), *length, fill, padding)
                    });
                    data.extend(padded.iter().copied());
                }
                (_, None) => {}
            }
        }
        dims.insert(0, count);
        let array = ArrayD::from_shape_vec(IxDyn(&dims), data)
            .ok()
            .and_then(|array| array.into_dimensionality::<F::Batch>().ok())
            .expect("every sample has filled its row");
        self.stacked.arrays.push(Box::new(array));
        Ok(())
    }
}

/// Brings the first axis of a field to the length of `padding`, if the model says `_` for it, or that length.
pub fn pad<F: Field>(field: &mut F, declared: &Shape, padding: &Padding) {
    let (Some(length), Some(&axis)) = (padding.length(), declared.dims().first()) else { return };
    let values = field.values();
    if values.ndim() == 0 || values.shape()[0] == length || !(is_dynamic(axis) || axis == length) {
        return;
    }
    let fill = F::Element::from_number(padding.fill());
    *field = F::of(fit_axis(values.to_owned(), Axis(0), length, fill, padding).view());
}

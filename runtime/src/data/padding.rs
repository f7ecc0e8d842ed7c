//! Sequences of different lengths, brought to one.

use formwork_shape::Shape;
use ndarray::{Array, ArrayD, Axis, Slice};

use super::element::Element;
use super::field::Field;
use super::sample::Stack;
use crate::Result;

/// How sequences are padded, and cut where they are too long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Padding {
    side: Side,
    truncating: Side,
    value: f64,
    maxlen: Option<usize>,
}

/// An end of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first steps.
    Pre,
    /// The last steps.
    Post,
}

impl Padding {
    /// Pads before the first step, as Keras' `pad_sequences` does unless told otherwise.
    pub const fn pre() -> Padding {
        Padding { side: Side::Pre, truncating: Side::Pre, value: 0.0, maxlen: None }
    }

    /// Pads after the last step, as `tf.data` does.
    pub const fn post() -> Padding {
        Padding { side: Side::Post, ..Padding::pre() }
    }

    /// The length of all sequences; longer ones are cut. Unless it is given, the longest decides.
    pub const fn maxlen(self, steps: usize) -> Padding {
        Padding { maxlen: Some(steps), ..self }
    }

    /// Which steps a sequence loses that is too long: the first ones, unless told otherwise.
    pub const fn truncating(self, side: Side) -> Padding {
        Padding { truncating: side, ..self }
    }

    /// What stands in the place of steps that are not there: 0, unless told otherwise.
    pub const fn value(self, value: f64) -> Padding {
        Padding { value, ..self }
    }

    pub(crate) fn fill(&self) -> f64 {
        self.value
    }

    pub(crate) fn length(&self) -> Option<usize> {
        self.maxlen
    }
}

/// Pads and cuts at the end.
impl From<usize> for Padding {
    fn from(steps: usize) -> Padding {
        Padding::post().truncating(Side::Post).maxlen(steps)
    }
}

/// Sequences on top of each other: an array of shape (sequences, steps, ..), of their element type.
///
/// A sequence is a `Vec`, or an array whose first axis counts steps. Keras' `pad_sequences(sequences)` is
/// `pad_sequences(&sequences, Padding::pre())`; nothing is converted, so numbers stay what they are.
///
/// ```
/// use formwork::data::{Padding, pad_sequences};
///
/// let padded = pad_sequences(&[vec![1.5, 2.5, 3.5], vec![4.5]], Padding::pre())?;
/// assert_eq!(padded, ndarray::array![[1.5, 2.5, 3.5], [0.0, 0.0, 4.5]]);
/// # Ok::<(), formwork::Error>(())
/// ```
///
/// # Errors
/// If steps have different shapes.
pub fn pad_sequences<F: Field>(sequences: &[F], padding: Padding) -> Result<Array<F::Element, F::Batch>> {
    let longest = sequences.iter().filter_map(|sequence| sequence.values().shape().first().copied()).max();
    let length = padding.maxlen.or(longest).unwrap_or(0);
    let fill = F::Element::from_number(padding.value);
    let padded: Vec<ArrayD<F::Element>> = sequences
        .iter()
        .map(|sequence| match sequence.values() {
            values if values.ndim() == 0 => values.to_owned(),
            values => fit_axis(values.to_owned(), Axis(0), length, fill, &padding),
        })
        .collect();
    let mut stack = Stack::new("sequence", 0, None);
    stack.field("steps", &NO_SHAPE, &padded, |steps| steps)?;
    let stacked = stack.finish();
    let array = stacked.array::<F::Element, ndarray::IxDyn>(0).to_owned();
    let array = if sequences.is_empty() { ArrayD::from_elem(empty::<F>(length), fill) } else { array };
    Ok(array.into_dimensionality().expect("a batch has one axis more than its fields"))
}

/// What has been padded already needs no shape.
const NO_SHAPE: Shape = Shape::new(&[]);

/// The shape of no sequence at all.
fn empty<F: Field>(length: usize) -> Vec<usize> {
    let rank = <F::Batch as ndarray::Dimension>::NDIM.unwrap_or(2);
    (0..rank).map(|axis| if axis == 1 { length } else { 0 }).collect()
}

/// Samples on top of each other: an array whose first axis counts them.
///
/// # Errors
/// If they have different shapes.
pub fn stack<F: Field>(samples: &[F]) -> Result<Array<F::Element, F::Batch>> {
    let mut stack = Stack::new("sample", 0, None);
    stack.field("stack", &NO_SHAPE, samples, |sample| sample)?;
    Ok(stack.finish().array::<F::Element, F::Batch>(0).to_owned())
}

/// Brings one axis to a length.
pub(super) fn fit_axis<E: Element>(
    values: ArrayD<E>,
    axis: Axis,
    length: usize,
    fill: E,
    padding: &Padding,
) -> ArrayD<E> {
    let got = values.len_of(axis);
    if got == length {
        return values;
    }
    if got > length {
        let from = if padding.truncating == Side::Pre { got - length } else { 0 };
        return values.slice_axis(axis, Slice::from(from..from + length)).to_owned();
    }
    let mut dims = values.shape().to_vec();
    dims[axis.index()] = length;
    let mut padded = ArrayD::from_elem(dims, fill);
    let from = if padding.side == Side::Pre { length - got } else { 0 };
    padded.slice_axis_mut(axis, Slice::from(from..from + got)).assign(&values);
    padded
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn sequences_are_padded_and_cut_as_keras_does() {
        // keras.utils.pad_sequences([[1, 2, 3, 4], [5], []], ..)
        let sequences = [vec![1u8, 2, 3, 4], vec![5], vec![]];
        let padded = |padding| pad_sequences(&sequences, padding).unwrap();
        assert_eq!(padded(Padding::pre()), array![[1, 2, 3, 4], [0, 0, 0, 5], [0, 0, 0, 0]]);
        assert_eq!(padded(Padding::post()), array![[1, 2, 3, 4], [5, 0, 0, 0], [0, 0, 0, 0]]);
        assert_eq!(padded(Padding::pre().maxlen(2)), array![[3, 4], [0, 5], [0, 0]]);
        assert_eq!(padded(Padding::post().maxlen(2)), array![[3, 4], [5, 0], [0, 0]]);
        let cut_at_the_end = Padding::pre().maxlen(3).truncating(Side::Post).value(9.0);
        assert_eq!(padded(cut_at_the_end), array![[1, 2, 3], [9, 9, 5], [9, 9, 9]]);
        assert_eq!(padded(100.into()).dim(), (3, 100));
    }

    #[test]
    fn steps_may_be_vectors_and_numbers_stay_what_they_are() {
        let sequences = [array![[0.25, 0.5]], array![[0.125, 1.0], [2.0, 3.0]]];
        let padded = pad_sequences(&sequences, Padding::pre()).unwrap();
        assert_eq!(padded, array![[[0.0, 0.0], [0.25, 0.5]], [[0.125, 1.0], [2.0, 3.0]]]);
    }

    #[test]
    fn no_sequence_and_other_steps() {
        assert_eq!(pad_sequences::<Vec<f32>>(&[], Padding::pre().maxlen(7)).unwrap().dim(), (0, 7));
        let error = pad_sequences(&[Array2::<f32>::zeros((3, 2)), Array2::zeros((3, 4))], Padding::pre()).unwrap_err();
        assert!(error.to_string().contains("[3, 2]") && error.to_string().contains("[3, 4]"), "{error}");
    }

    #[test]
    fn samples_are_stacked() {
        assert_eq!(stack(&[array![1.0, 2.0], array![3.0, 4.0]]).unwrap(), array![[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(stack(&[7u8, 8]).unwrap(), array![7, 8]);
        assert!(stack(&[array![1.0], array![3.0, 4.0]]).is_err());
    }
}

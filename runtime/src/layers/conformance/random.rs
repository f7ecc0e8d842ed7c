//! Random shapes and settings.

use formwork_shape::{Activation, Arg, Argument, Layer, MAX_RANK, Padding, Shape};
use proptest::prelude::*;
use proptest::sample::select;

use super::Case;

/// A shape of some rank, its dimensions small.
pub(in crate::layer_kernels) fn shape(rank: std::ops::Range<usize>) -> BoxedStrategy<Shape> {
    prop::collection::vec(1..5usize, rank).prop_map(|dims| Shape::new(&dims)).boxed()
}

/// A shape and one of its axes, counted as Keras does.
pub(in crate::layer_kernels) fn axes(rank: std::ops::Range<usize>) -> BoxedStrategy<(Shape, isize)> {
    (shape(rank), 0..MAX_RANK, any::<bool>())
        .prop_map(|(shape, axis, from_end)| {
            let axis = (axis % shape.rank()) as isize;
            (shape, if from_end { -1 - axis } else { axis + 1 })
        })
        .boxed()
}

/// A shape and some of its axes in order, counted as Keras does.
pub(in crate::layer_kernels) fn some_axes(
    rank: std::ops::Range<usize>,
) -> BoxedStrategy<(Shape, formwork_shape::Dims)> {
    (shape(rank), prop::collection::vec(any::<bool>(), MAX_RANK), any::<bool>())
        .prop_map(|(shape, chosen, from_end)| {
            let count = |axis: usize| match from_end {
                true => axis as isize - shape.rank() as isize,
                false => axis as isize + 1,
            };
            let mut axes: Vec<isize> = (0..shape.rank()).filter(|axis| chosen[*axis]).map(count).collect();
            if axes.is_empty() {
                axes.push(-1);
            }
            (shape, formwork_shape::Dims::of(&axes))
        })
        .boxed()
}

/// Shapes of equal rank, some of their axes 1.
pub(in crate::layer_kernels) fn merges(count: std::ops::Range<usize>) -> BoxedStrategy<Vec<Shape>> {
    (shape(1..5), prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.3), 4), count))
        .prop_map(|(shape, ones)| {
            let single = |ones: Vec<bool>| (0..shape.rank()).fold(shape, |s, k| if ones[k] { s.with(k, 1) } else { s });
            ones.into_iter().map(single).collect()
        })
        .boxed()
}

/// An attention layer over steps and places of some features and a value's width; with a key where it is `apart`.
pub(in crate::layer_kernels) fn attention(
    layer: impl Into<Layer>,
    [steps, places, features, width]: [usize; 4],
    apart: bool,
    masks: formwork_shape::Masks,
) -> Case {
    let shapes = [[steps, features], [places, width], [places, features]].map(|dims| Shape::new(&dims));
    let mut case = Case::new(layer, shapes.into_iter().take(if apart { 3 } else { 2 }));
    let of = [vec![steps], vec![places], vec![places], vec![steps, places]];
    for (dims, _) in of.iter().zip(masks.list()).filter(|(_, given)| *given) {
        case.inputs.push(Shape::new(dims));
        case.masks += 1;
    }
    case
}

/// Two shapes that meet from the last axis.
pub(in crate::layer_kernels) fn operands() -> BoxedStrategy<Vec<Shape>> {
    (merges(2..3), 0..4usize, any::<bool>())
        .prop_map(|(mut shapes, cut, second)| {
            let shape = &mut shapes[usize::from(second)];
            *shape = Shape::new(&shape.dims()[cut.min(shape.rank() - 1)..]);
            shapes
        })
        .boxed()
}

/// Any activation.
pub(in crate::layer_kernels) fn activation() -> BoxedStrategy<Activation> {
    let word = |word: &&str| Activation::read(&Arg::Word(word)).expect("it is one of the words");
    select(Activation::WORDS.iter().map(word).collect::<Vec<_>>()).boxed()
}

/// Shares of inputs and of state to drop, mostly none.
pub(in crate::layer_kernels) fn dropouts() -> BoxedStrategy<[f64; 2]> {
    (0.0..0.7, 0.0..0.7, prop::bool::weighted(0.3))
        .prop_map(|(x, h, drop)| if drop { [x, h] } else { [0.0; 2] })
        .boxed()
}

/// An activation that a recurrent layer can have, bounded so that nothing grows from step to step: the first three go back
/// from their outputs, the next two from what they were given, and the last two take whole rows.
pub(in crate::layer_kernels) fn cell_activation() -> BoxedStrategy<Activation> {
    select(vec![
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softsign,
        Activation::HardTanh,
        Activation::SparseSigmoid,
        Activation::Softmax,
        Activation::Sparsemax,
    ])
    .boxed()
}

/// An image of some spatial axes and a few channels, large enough for most windows.
pub(in crate::layer_kernels) fn image(axes: usize) -> BoxedStrategy<Shape> {
    let longest: usize = if axes == 3 { 4 } else { 7 };
    (prop::collection::vec(1..longest, axes), 1..4usize)
        .prop_map(|(dims, channels)| Shape::new(&dims).push(channels))
        .boxed()
}

/// Along which axes values share a random factor, the batch first; mostly they do not.
pub(in crate::layer_kernels) fn noise_shape() -> BoxedStrategy<Option<[bool; 4]>> {
    prop::option::weighted(0.4, any::<[bool; 4]>()).boxed()
}

/// The `noise_shape` of an input of that shape.
pub(in crate::layer_kernels) fn noise_of(input: &Shape, shared: [bool; 4]) -> formwork_shape::Noise {
    let lengths: Vec<usize> = shared[..=input.rank()].iter().map(|shared| usize::from(*shared)).collect();
    formwork_shape::Noise::of(&lengths)
}

/// A window that slides over an image.
#[derive(Clone, Debug)]
pub(in crate::layer_kernels) struct Sliding {
    size: Vec<usize>,
    strides: Vec<usize>,
    dilation: Vec<usize>,
    padding: usize,
}

impl Sliding {
    pub fn settings<const N: usize>(&self, causal: bool) -> ([usize; N], [usize; N], [usize; N], Padding) {
        let dims = |list: &[usize]| std::array::from_fn(|k| list[k]);
        let padding = [Padding::Valid, Padding::Same, if causal { Padding::Causal } else { Padding::Same }];
        (dims(&self.size), dims(&self.strides), dims(&self.dilation), padding[self.padding])
    }
}

/// A window over some axes; it may be too large for an image.
pub(in crate::layer_kernels) fn window(axes: usize) -> BoxedStrategy<Sliding> {
    let list = |longest: usize| prop::collection::vec(1..=longest, axes);
    (list(3), list(3), list(2), any::<bool>(), 0..3usize)
        .prop_map(move |(size, strides, dilation, dilated, padding)| {
            let (strides, dilation) = if dilated { (vec![1; axes], dilation) } else { (strides, vec![1; axes]) };
            Sliding { size, strides, dilation, padding }
        })
        .boxed()
}

//! What kernels see of a tensor: a slice of a whole batch, and the shape of one sample.

use std::ops::Range;

use formwork_shape::Shape;

use crate::kernels::Write;

/// A batch of samples to read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    data: Data<'a, T>,
    batch: usize,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Data<'a, T> {
    Numbers(&'a [T]),
    Ids(&'a [u32]),
    /// 1 for a step that is data, 0 for padding.
    Mask(&'a [T]),
}

impl<'a, T> View<'a, T> {
    /// `batch` samples of numbers.
    pub fn numbers(data: &'a [T], batch: usize, shape: Shape) -> Self {
        debug_assert_eq!(data.len(), batch * shape.size());
        View { data: Data::Numbers(data), batch, shape }
    }

    /// `batch` samples of ids.
    pub fn ids(data: &'a [u32], batch: usize, shape: Shape) -> Self {
        debug_assert_eq!(data.len(), batch * shape.size());
        View { data: Data::Ids(data), batch, shape }
    }

    /// A tensor that the plan has not kept, because its reader does not read it.
    pub fn unread(batch: usize, shape: Shape) -> Self {
        View { data: Data::Numbers(&[]), batch, shape }
    }

    /// The numbers, sample after sample, row-major.
    pub fn data(&self) -> &'a [T] {
        match self.data {
            Data::Numbers(data) | Data::Mask(data) => data,
            Data::Ids(_) => &[],
        }
    }

    /// The ids of an integer tensor.
    pub fn id_data(&self) -> &'a [u32] {
        match self.data {
            Data::Numbers(_) | Data::Mask(_) => &[],
            Data::Ids(ids) => ids,
        }
    }

    /// These numbers, 1 or 0, as a mask.
    pub fn as_mask(mut self) -> Self {
        if let Data::Numbers(data) = self.data {
            self.data = Data::Mask(data);
        }
        self
    }

    /// Some of the samples.
    pub fn samples(self, samples: Range<usize>) -> Self {
        let size = self.shape.size();
        let place = |len: usize| if len == 0 { 0..0 } else { samples.start * size..samples.end * size };
        let data = match self.data {
            Data::Numbers(data) => Data::Numbers(&data[place(data.len())]),
            Data::Ids(ids) => Data::Ids(&ids[place(ids.len())]),
            Data::Mask(data) => Data::Mask(&data[place(data.len())]),
        };
        View { data, batch: samples.len(), shape: self.shape }
    }

    /// Every step of every sample as a sample.
    pub fn steps(mut self) -> Self {
        self.batch *= self.shape.dim(0);
        self.shape = self.shape.remove(0);
        self
    }

    /// Are these ids?
    pub fn is_ids(&self) -> bool {
        matches!(self.data, Data::Ids(_))
    }

    /// Is it a mask?
    pub fn is_mask(&self) -> bool {
        matches!(self.data, Data::Mask(_))
    }

    /// The number of samples.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The shape of one sample; no axis is dynamic any more.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The length of the last axis: features or channels.
    pub fn last(&self) -> usize {
        self.shape.last()
    }

    /// The same numbers in another shape of the same size.
    pub fn reshaped(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }
}

/// A layer's inputs, and the mask that may follow them.
pub fn unmasked<'s, 'a, T>(x: &'s [View<'a, T>]) -> (&'s [View<'a, T>], Option<&'a [T]>) {
    match x {
        [inputs @ .., mask] if mask.is_mask() && !inputs.is_empty() => (inputs, Some(mask.data())),
        _ => (x, None),
    }
}

/// A batch of samples to write. What it holds before is of no meaning.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    /// The numbers, sample after sample, row-major.
    pub data: &'a mut [T],
    batch: usize,
    shape: Shape,
}

impl<'a, T> ViewMut<'a, T> {
    /// Every step of every sample as a sample.
    pub fn steps(&mut self) -> ViewMut<'_, T> {
        ViewMut { data: self.data, batch: self.batch * self.shape.dim(0), shape: self.shape.remove(0) }
    }

    /// Room for `batch` samples.
    pub fn new(data: &'a mut [T], batch: usize, shape: Shape) -> Self {
        debug_assert_eq!(data.len(), batch * shape.size());
        ViewMut { data, batch, shape }
    }

    /// The number of samples.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The shape of one sample.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The length of the last axis: features or channels.
    pub fn last(&self) -> usize {
        self.shape.last()
    }
}

/// Where the gradient of one input goes, if anybody reads it.
///
/// Of several users of a tensor the first one to go back overwrites and the others add: nothing is zeroed.
#[derive(Debug)]
pub struct Grad<'a, T> {
    target: Option<(&'a mut [T], Write)>,
}

impl<'a, T> Grad<'a, T> {
    /// A gradient that somebody reads.
    pub fn new(data: &'a mut [T], write: Write) -> Self {
        Grad { target: Some((data, write)) }
    }

    /// A gradient that nobody reads.
    pub fn unread() -> Self {
        Grad { target: None }
    }

    /// Writes the gradient, number after number, or adds it to what others have written; computes nothing where nobody
    /// reads it.
    pub fn write(&mut self, gradient: impl IntoIterator<Item = T>)
    where
        T: std::ops::AddAssign,
    {
        match self.target() {
            Some((target, Write::Overwrite)) => {
                target.iter_mut().zip(gradient).for_each(|(place, value)| *place = value);
            }
            Some((target, Write::Add)) => target.iter_mut().zip(gradient).for_each(|(place, value)| *place += value),
            None => {}
        }
    }

    /// Where to write and how; `None` where the gradient need not be computed.
    pub fn target(&mut self) -> Option<(&mut [T], Write)> {
        self.target.as_mut().map(|(data, write)| (&mut **data, *write))
    }
}

//! Losses along other axes than the last.

use formwork_shape::Shape;
use smallvec::SmallVec;

/// The axes that a loss goes along, as Keras counts them: the batch is 0, the last axis -1.
///
/// Made of a number (`axis(1)`), or of several (`axis([1, 2, 3])`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes(SmallVec<[i32; 4]>);

impl From<i32> for Axes {
    fn from(axis: i32) -> Self {
        Axes(SmallVec::from_slice(&[axis]))
    }
}

impl<const N: usize> From<[i32; N]> for Axes {
    fn from(axes: [i32; N]) -> Self {
        Axes(axes.into_iter().collect())
    }
}

impl From<&[i32]> for Axes {
    fn from(axes: &[i32]) -> Self {
        Axes(axes.into())
    }
}

impl From<Vec<i32>> for Axes {
    fn from(axes: Vec<i32>) -> Self {
        Axes(axes.into())
    }
}

impl Axes {
    /// Which of the axes of a batch of this shape they are, in order.
    ///
    /// # Errors
    /// If there is no such axis, or one is named twice.
    pub(crate) fn of(&self, shape: &Shape) -> Result<SmallVec<[usize; 8]>, String> {
        let rank = shape.rank() as i32 + 1;
        let mut places: SmallVec<[usize; 8]> = SmallVec::new();
        for axis in &self.0 {
            let place = if *axis < 0 { axis + rank } else { *axis };
            if !(0..rank).contains(&place) {
                return Err(format!("has no axis {axis}: give one from {} to {}", -rank, rank - 1));
            }
            if places.contains(&(place as usize)) {
                return Err(format!("is given axis {axis} twice"));
            }
            places.push(place as usize);
        }
        places.sort_unstable();
        Ok(places)
    }
}

/// An order of axes in which those of a loss are the last.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// The length of each axis in the new order, and how far its neighbours are apart in the old one.
    axes: SmallVec<[(usize, usize); 8]>,
    /// How many of them the loss leaves.
    kept: usize,
}

impl Turn {
    /// For a batch of this shape; `along` are the places of the loss's axes, the batch being 0.
    pub(crate) fn new(batch: usize, shape: &Shape, along: &[usize]) -> Self {
        let dims: SmallVec<[usize; 8]> = std::iter::once(batch).chain(shape.dims().iter().copied()).collect();
        let mut stride = 1;
        let mut strides: SmallVec<[usize; 8]> = SmallVec::from_elem(1, dims.len());
        for (place, dim) in dims.iter().enumerate().rev() {
            strides[place] = stride;
            stride *= dim;
        }
        let places = || 0..dims.len();
        let order = places().filter(|place| !along.contains(place)).chain(places().filter(|p| along.contains(p)));
        Turn { axes: order.map(|place| (dims[place], strides[place])).collect(), kept: dims.len() - along.len() }
    }

    /// Is the order the old one?
    pub(crate) fn is_none(&self) -> bool {
        self.axes.is_sorted_by_key(|(_, stride)| std::cmp::Reverse(*stride))
    }

    /// The numbers that make one loss.
    pub(crate) fn width(&self) -> usize {
        self.axes[self.kept..].iter().map(|(dim, _)| dim).product()
    }

    /// The shape of a sample in the new order, where the batch is kept: the axes of the loss are one.
    pub(crate) fn sample(&self) -> Shape {
        let kept = self.axes[1..self.kept].iter().map(|(dim, _)| *dim);
        Shape::new(&kept.chain([self.width()]).collect::<SmallVec<[usize; 8]>>())
    }

    /// Calls `f` with the old place of each number, in the new order.
    fn places(&self, mut f: impl FnMut(usize)) {
        let count: usize = self.axes.iter().map(|(dim, _)| dim).product();
        let mut at: SmallVec<[usize; 8]> = SmallVec::from_elem(0, self.axes.len());
        let mut place = 0;
        for _ in 0..count {
            f(place);
            for ((dim, stride), at) in self.axes.iter().zip(&mut at).rev() {
                (*at, place) = (*at + 1, place + stride);
                if *at < *dim {
                    break;
                }
                (*at, place) = (0, place - dim * stride);
            }
        }
    }

    /// Brings numbers into the new order.
    pub(crate) fn apply<T: Copy>(&self, old: &[T], new: &mut [T]) {
        let mut new = new.iter_mut();
        self.places(|place| {
            if let Some(new) = new.next() {
                *new = old[place];
            }
        });
    }

    /// Brings numbers back to the old order.
    pub(crate) fn undo<T: Copy>(&self, new: &[T], old: &mut [T]) {
        let mut numbers = new.iter();
        self.places(|place| {
            if let Some(number) = numbers.next() {
                old[place] = *number;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_counted_from_either_end() {
        let shape = Shape::new(&[4, 5]);
        assert_eq!(Axes::from(-1).of(&shape).unwrap()[..], [2]);
        assert_eq!(Axes::from([1, -3]).of(&shape).unwrap()[..], [0, 1]);
        assert_eq!(Axes::from(3).of(&shape).unwrap_err(), "has no axis 3: give one from -3 to 2");
        assert_eq!(Axes::from([2, -1]).of(&shape).unwrap_err(), "is given axis -1 twice");
    }

    #[test]
    fn a_turn_and_back() {
        let numbers: Vec<usize> = (0..24).collect();
        let turn = Turn::new(2, &Shape::new(&[3, 4]), &[1]);
        let mut turned = vec![0; 24];
        turn.apply(&numbers, &mut turned);
        assert_eq!(turned[..6], [0, 4, 8, 1, 5, 9]);
        assert_eq!((turn.width(), turn.sample().dims()), (3, &[4, 3][..]));
        let mut back = vec![0; 24];
        turn.undo(&turned, &mut back);
        assert_eq!(back, numbers);
        assert!(Turn::new(2, &Shape::new(&[3, 4]), &[1, 2]).is_none());
    }
}

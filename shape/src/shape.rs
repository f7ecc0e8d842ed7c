//! The shape of one sample. The batch axis is never part of it.

/// An axis whose length only the data knows (`_` in `model!`).
pub const DYN: usize = usize::MAX;

/// The largest number of axes of a sample.
pub const MAX_RANK: usize = 6;

/// How many named dynamic axes a model can have.
const NAMED: usize = 255;

/// The dimension that stands for the `index`-th named dynamic axis of a model.
///
/// Two dimensions of the same name are equal whatever the data says, two anonymous ones may differ.
pub const fn axis(index: usize) -> usize {
    assert!(index < NAMED, "a model has at most 255 named axes");
    DYN - 1 - index
}

/// From here on numbers stand for dynamic axes.
const FIRST_DYNAMIC: usize = DYN - NAMED;

/// Is `dim` known only at run time?
pub const fn is_dynamic(dim: usize) -> bool {
    dim >= FIRST_DYNAMIC
}

/// The place of a named dynamic axis among the model's names.
pub(crate) const fn axis_index(dim: usize) -> Option<usize> {
    if is_dynamic(dim) && dim != DYN { Some(DYN - 1 - dim) } else { None }
}

/// The first `len` of a list. Constant evaluation walks through `split_at` call by call, and through this without any.
pub const fn first<T>(list: &[T], len: usize) -> &[T] {
    let mut kept = list;
    while kept.len() > len
        && let [shorter @ .., _] = kept
    {
        kept = shorter;
    }
    kept
}

/// Up to [`MAX_RANK`] dimensions; some may be dynamic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    rank: usize,
    dims: [usize; MAX_RANK],
}

impl Shape {
    /// The result of a rule that failed. Every layer accepts it in silence, so that one mistake gives one error.
    pub const POISON: Shape = Shape { rank: usize::MAX, dims: [0; MAX_RANK] };

    /// A shape of the given dimensions, at most [`MAX_RANK`] of them.
    pub const fn new(dims: &[usize]) -> Shape {
        let mut kept = [0; MAX_RANK];
        let mut i = 0;
        while i < dims.len() {
            kept[i] = dims[i];
            i += 1;
        }
        Shape { rank: dims.len(), dims: kept }
    }

    /// Did an earlier rule fail?
    pub const fn is_poison(&self) -> bool {
        self.rank == usize::MAX
    }

    /// The number of axes.
    pub const fn rank(&self) -> usize {
        if self.is_poison() { 0 } else { self.rank }
    }

    /// The length of axis `i`.
    pub const fn dim(&self, i: usize) -> usize {
        self.dims[i]
    }

    /// The length of the last axis: features or channels.
    pub const fn last(&self) -> usize {
        self.dims[self.rank - 1]
    }

    /// The dimensions as a slice.
    pub const fn dims(&self) -> &[usize] {
        first(&self.dims, self.rank())
    }

    /// Has some axis more than 2³² - 1 places?
    pub(crate) const fn too_long(&self) -> bool {
        // No calls, as in `size`.
        let rank = if self.rank == usize::MAX { 0 } else { self.rank };
        let mut i = 0;
        while i < rank {
            if self.dims[i] > u32::MAX as usize && self.dims[i] < FIRST_DYNAMIC {
                return true;
            }
            i += 1;
        }
        false
    }

    /// This shape with axis `i` of another length.
    pub const fn with(mut self, i: usize, dim: usize) -> Shape {
        self.dims[i] = dim;
        self
    }

    /// This shape with one more axis at the end.
    pub const fn push(mut self, dim: usize) -> Shape {
        self.dims[self.rank] = dim;
        self.rank += 1;
        self
    }

    /// This shape after one more axis.
    pub const fn after(self, dim: usize) -> Shape {
        let mut longer = Shape { rank: 0, dims: [0; MAX_RANK] }.push(dim);
        let mut k = 0;
        while k < self.rank {
            longer = longer.push(self.dims[k]);
            k += 1;
        }
        longer
    }

    /// This shape without axis `i`.
    pub const fn remove(self, i: usize) -> Shape {
        let mut kept = Shape { rank: 0, dims: [0; MAX_RANK] };
        let mut k = 0;
        while k < self.rank {
            if k != i {
                kept = kept.push(self.dims[k]);
            }
            k += 1;
        }
        kept
    }

    /// Are rank and all dimensions the same?
    pub const fn same(&self, other: &Shape) -> bool {
        if self.rank != other.rank {
            return false;
        }
        let rank = self.rank();
        let mut i = 0;
        while i < rank {
            if self.dims[i] != other.dims[i] {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Could the two be the same once the data is known?
    pub const fn compatible(&self, other: &Shape) -> bool {
        if self.rank != other.rank {
            return false;
        }
        let mut i = 0;
        while i < self.rank() {
            if !Shape::dims_compatible(self.dims[i], other.dims[i]) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Could the first dimensions be those of `other` once the data is known?
    pub const fn starts_with(&self, other: &Shape) -> bool {
        let mut i = 0;
        while i < other.rank() {
            if i >= self.rank() || !Shape::dims_agree(self.dims[i], other.dims[i]) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Could the two lengths be the same once the data is known?
    pub const fn dims_compatible(a: usize, b: usize) -> bool {
        a == b || is_dynamic(a) || is_dynamic(b)
    }

    /// As [`compatible`](Shape::dims_compatible), but axes of different names are different.
    pub const fn dims_agree(a: usize, b: usize) -> bool {
        a == b || Shape::dims_compatible(a, b) && (axis_index(a).is_none() || axis_index(b).is_none())
    }

    /// Is this what was stated for a tensor of shape `actual`? `_` stands for any length, a number or a name for itself.
    pub const fn states(&self, actual: &Shape) -> bool {
        if self.rank != actual.rank {
            return false;
        }
        let mut i = 0;
        while i < self.rank() {
            if self.dims[i] != DYN && self.dims[i] != actual.dims[i] {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Is some axis known only at run time?
    pub const fn has_dynamic(&self) -> bool {
        let mut i = 0;
        while i < self.rank() {
            if is_dynamic(self.dims[i]) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The number of elements of one sample; a dynamic axis counts as one.
    pub const fn size(&self) -> usize {
        // Constant evaluation counts every call, and this runs for each weight of each layer: so it makes none.
        let rank = if self.rank == usize::MAX { 0 } else { self.rank };
        let mut size: usize = 1;
        let mut i = 0;
        while i < rank {
            let dim = self.dims[i];
            if dim < FIRST_DYNAMIC {
                let product = size as u128 * dim as u128;
                // The largest numbers stand for dynamic axes.
                size = if product < FIRST_DYNAMIC as u128 { product as usize } else { FIRST_DYNAMIC - 1 };
            }
            i += 1;
        }
        size
    }
}

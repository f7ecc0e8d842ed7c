//! Memory that starts on a cache line and grows, but never shrinks.

use aligned_vec::{AVec, ConstAlign};

use crate::kernels::scratch;

/// Numbers whose first one is aligned to 64 bytes, a cache line and the widest vector register.
#[derive(Clone, Debug)]
pub struct Buffer<T> {
    data: AVec<T, ConstAlign<64>>,
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Buffer { data: AVec::new(64) }
    }
}

impl<T: Copy + Default + Send> Buffer<T> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        Buffer { data: scratch::zeros(len) }
    }
}

impl<T: Copy + Default> Buffer<T> {
    /// The first `len` elements, whatever they hold; allocates only where there were fewer so far.
    pub fn take(&mut self, len: usize) -> &mut [T] {
        if self.data.len() < len {
            self.data.resize(len, T::default());
        }
        &mut self.data[..len]
    }

    /// The first `len` elements, which an earlier [`take`](Buffer::take) has filled.
    pub fn get(&self, len: usize) -> &[T] {
        &self.data[..len]
    }

    /// All elements.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// All elements.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }
}

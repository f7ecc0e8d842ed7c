//! Working memory that each thread keeps, so that a kernel allocates nothing once warm.

use std::cell::RefCell;

use aligned_vec::{AVec, ConstAlign};

use crate::threads::Shareable;
use crate::{Real, Threads};

/// 64-byte aligned: a cache line, and the widest vector.
type Buffer = AVec<u64, ConstAlign<64>>;

thread_local! {
    /// The buffers not in use, as a stack: nested users meet the same buffers in every call.
    static FREE: RefCell<Vec<Buffer>> = const { RefCell::new(Vec::new()) };
}

/// Types of which every bit pattern is a value.
///
/// # Safety
/// The implementer vouches for just that.
unsafe trait Plain: Copy {}

// SAFETY: `Real` is sealed over f32 and f64, of which every bit pattern is a value.
unsafe impl<T: Real> Plain for Element<T> {}
// SAFETY: every bit pattern is an integer.
unsafe impl Plain for usize {}

/// Keeps the two implementations above apart.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Element<T>(T);

/// Lends `len` elements, 64-byte aligned, with unspecified values.
pub(crate) fn elements<T: Real, R>(len: usize, work: impl FnOnce(&mut [T]) -> R) -> R {
    lend::<Element<T>, R>(len, |wrapped| {
        // SAFETY: `Element` is transparent.
        work(unsafe { std::slice::from_raw_parts_mut(wrapped.as_mut_ptr().cast::<T>(), wrapped.len()) })
    })
}

/// Lends several slices of these lengths, each 64-byte aligned, with unspecified values.
pub(crate) fn arrays<T: Real, R, const N: usize>(lengths: [usize; N], work: impl FnOnce([&mut [T]; N]) -> R) -> R {
    let line = 64 / size_of::<T>();
    let total = lengths.iter().map(|len| len.next_multiple_of(line)).sum();
    elements(total, |mut room: &mut [T]| {
        work(lengths.map(|len| {
            let (first, rest) = std::mem::take(&mut room).split_at_mut(len.next_multiple_of(line));
            room = rest;
            &mut first[..len]
        }))
    })
}

/// Numbers in a part of new memory: the system clears a page when it is first written to, which threads can share.
const PART: usize = 1 << 18;

/// New memory with `len` zeros.
pub(crate) fn zeros<T: Copy + Default + Send>(len: usize) -> AVec<T, ConstAlign<64>> {
    let mut data = AVec::<T, ConstAlign<64>>::with_capacity(64, len);
    let start = Shareable(data.as_mut_ptr());
    Threads::global().run(len.div_ceil(PART), &|part| {
        for place in part * PART..len.min((part + 1) * PART) {
            // SAFETY: there is room for `len` elements, and each belongs to one part.
            unsafe { start.get().add(place).write(T::default()) };
        }
    });
    // SAFETY: all of them have been written.
    unsafe { data.set_len(len) };
    data
}

/// Lends `len` indices with unspecified values.
pub(crate) fn indices<R>(len: usize, work: impl FnOnce(&mut [usize]) -> R) -> R {
    lend(len, work)
}

fn lend<T: Plain, R>(len: usize, work: impl FnOnce(&mut [T]) -> R) -> R {
    const { assert!(align_of::<T>() <= 64 && size_of::<T>() > 0) };
    let mut buffer = take((len * size_of::<T>()).div_ceil(size_of::<u64>()));
    // SAFETY: the buffer is initialised, aligned, at least `len` elements long, and T is plain data.
    let result = work(unsafe { std::slice::from_raw_parts_mut(buffer.as_mut_ptr().cast::<T>(), len) });
    give_back(buffer);
    result
}

/// A buffer of at least so many words; apart from its user, of whom there are hundreds, so that it is compiled once.
#[inline(never)]
fn take(words: usize) -> Buffer {
    let mut buffer = FREE.with_borrow_mut(Vec::pop).unwrap_or_else(|| Buffer::new(64));
    if buffer.len() < words {
        buffer.resize(words, 0);
    }
    buffer
}

#[inline(never)]
fn give_back(buffer: Buffer) {
    FREE.with_borrow_mut(|free| free.push(buffer));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_loans_are_separate_and_come_back() {
        let mut outer_address = 0;
        let mut inner_address = 0;
        for round in 0..3 {
            elements::<f32, _>(100, |outer| {
                outer.fill(1.0);
                elements::<f64, _>(50, |inner| {
                    inner.fill(2.0);
                    assert_eq!(inner.as_ptr() as usize % 64, 0);
                    if round > 0 {
                        assert_eq!((outer.as_ptr() as usize, inner.as_ptr() as usize), (outer_address, inner_address));
                    }
                    (outer_address, inner_address) = (outer.as_ptr() as usize, inner.as_ptr() as usize);
                });
                assert!(outer.iter().all(|&value| value == 1.0));
            });
        }
        assert_eq!(indices(0, |none| none.len()), 0);
    }
}

//! Passes over every element, in parallel where a tensor is big.

use formwork_shape::Shape;

use crate::kernels::{Write, reduce};
use crate::{Real, Threads};

/// Elements a task should hold; few in tests, so that small tensors are split too.
pub(super) const TASK: usize = if cfg!(test) { 32 } else { 1 << 14 };

/// Elements that each thread should have at least: a part of a tensor comes from another one's cache no faster than threads meet.
const LEAST: usize = if cfg!(test) { 8 } else { 1 << 12 };

/// Elements that stay in the first-level cache.
pub(super) const PART: usize = 1 << 11;

/// Elements of a cache line: those of one are better written by one thread.
const LINE: usize = 16;

/// Writes `value` to `place`.
#[inline(always)]
pub(super) fn put<T: Real>(write: Write, place: &mut T, value: T) {
    match write {
        Write::Overwrite => *place = value,
        Write::Add => *place += value,
    }
}

/// The number of tasks for so many elements.
pub(super) fn tasks(threads: &Threads, elements: usize) -> usize {
    threads.tasks(elements, TASK).max(threads.count().min(elements / LEAST)).max(1)
}

/// Calls `work` with parts of `data` and the place of the first element of each, where every element is made by itself: a thread
/// has the same part of each tensor of a size, which stays in its cache.
pub(super) fn split<T: Send>(threads: &Threads, data: &mut [T], work: impl Fn(usize, &mut [T]) + Sync) {
    let len = data.len();
    let chunk = len.div_ceil(tasks(threads, len)).next_multiple_of(LINE).max(LINE);
    threads.chunks_mut(data, chunk, &|task, data| work(task * chunk, data));
}

/// `out = a`.
pub(super) fn copy<T: Real>(threads: &Threads, out: &mut [T], a: &[T]) {
    split(threads, out, |first, out| out.copy_from_slice(&a[first..][..out.len()]));
}

/// `out` becomes, or grows by, `f(a)`.
pub(super) fn map<T: Real>(threads: &Threads, write: Write, out: &mut [T], a: &[T], f: impl Fn(T) -> T + Sync) {
    split(threads, out, |first, out| {
        let a = &a[first..][..out.len()];
        match write {
            Write::Overwrite => out.iter_mut().zip(a).for_each(|(out, &a)| *out = f(a)),
            Write::Add => out.iter_mut().zip(a).for_each(|(out, &a)| *out += f(a)),
        }
    });
}

/// `out` becomes, or grows by, `f(a, b)`.
pub(super) fn zip<T: Real>(
    threads: &Threads,
    write: Write,
    out: &mut [T],
    a: &[T],
    b: &[T],
    f: impl Fn(T, T) -> T + Sync,
) {
    split(threads, out, |first, out| {
        let (a, b) = (&a[first..][..out.len()], &b[first..][..out.len()]);
        let terms = out.iter_mut().zip(a.iter().zip(b));
        match write {
            Write::Overwrite => terms.for_each(|(out, (&a, &b))| *out = f(a, b)),
            Write::Add => terms.for_each(|(out, (&a, &b))| *out += f(a, b)),
        }
    });
}

/// `data` times a factor.
pub(super) fn scale<T: Real>(threads: &Threads, data: &mut [T], factor: T) {
    split(threads, data, |_, data| data.iter_mut().for_each(|value| *value *= factor));
}

/// Each of `data` times `f` of the value in its place.
pub(super) fn product<T: Real>(threads: &Threads, data: &mut [T], by: &[T], f: impl Fn(T) -> T + Sync) {
    split(threads, data, |first, data| {
        data.iter_mut().zip(&by[first..]).for_each(|(value, by)| *value *= f(*by));
    });
}

/// The sum of `values`, in an order that lets the compiler use vectors.
#[inline(always)]
pub(super) fn sum<T: Real>(values: &[T]) -> T {
    sum_of([values], |[value]| value)
}

/// The sum of what `f` makes of the numbers at each place of some slices.
#[inline(always)]
pub(super) fn sum_of<T: Real, const N: usize>(slices: [&[T]; N], f: impl Fn([T; N]) -> T) -> T {
    reduce::fold(slices, T::zero(), f, |a, b| a + b)
}

/// Calls `work` with each part of `len` elements (a sample, or a row) and its index.
pub(super) fn parts<T: Send>(threads: &Threads, data: &mut [T], len: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    parts_of(threads, data, len, len, work);
}

/// The same where a part is made of `read` elements.
pub(super) fn parts_of<T: Send>(
    threads: &Threads,
    data: &mut [T],
    len: usize,
    read: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    if len == 0 {
        return;
    }
    let parts = data.len() / len;
    let group = parts.div_ceil(tasks(threads, parts * read)).max(1);
    threads.chunks_mut(data, group * len, &|task, data| {
        for (k, part) in data.chunks_exact_mut(len).enumerate() {
            work(task * group + k, part);
        }
    });
}

/// The place of Keras' `axis` among the axes of a sample: 1 is the first, -1 the last.
pub(super) fn axis(axis: isize, rank: usize) -> usize {
    if axis < 0 { (rank as isize + axis) as usize } else { axis as usize - 1 }
}

/// The number of elements before, along and after an axis.
pub(super) fn around(shape: &Shape, axis: usize) -> (usize, usize, usize) {
    let dims = shape.dims();
    (dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product())
}

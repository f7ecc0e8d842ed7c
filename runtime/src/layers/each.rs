//! Passes over every element, in parallel where a tensor is big.

use formwork_shape::Shape;

use crate::kernels::{Write, reduce};
use crate::{Real, Threads};

/// Elements a task should hold at least; few in tests, so that small tensors are split too.
pub(super) const TASK: usize = if cfg!(test) { 32 } else { 1 << 14 };

/// Writes `value` to `place`.
#[inline(always)]
pub(super) fn put<T: Real>(write: Write, place: &mut T, value: T) {
    match write {
        Write::Overwrite => *place = value,
        Write::Add => *place += value,
    }
}

/// `out` becomes, or grows by, `f(a)`.
pub(super) fn map<T: Real>(threads: &Threads, write: Write, out: &mut [T], a: &[T], f: impl Fn(T) -> T + Sync) {
    threads.chunks_mut(out, TASK, &|task, out| {
        let a = &a[task * TASK..][..out.len()];
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
    threads.chunks_mut(out, TASK, &|task, out| {
        let (a, b) = (&a[task * TASK..][..out.len()], &b[task * TASK..][..out.len()]);
        let terms = out.iter_mut().zip(a.iter().zip(b));
        match write {
            Write::Overwrite => terms.for_each(|(out, (&a, &b))| *out = f(a, b)),
            Write::Add => terms.for_each(|(out, (&a, &b))| *out += f(a, b)),
        }
    });
}

/// `data` times a factor.
pub(super) fn scale<T: Real>(threads: &Threads, data: &mut [T], factor: T) {
    threads.chunks_mut(data, TASK, &|_, data| data.iter_mut().for_each(|value| *value *= factor));
}

/// Each of `data` times `f` of the value in its place.
pub(super) fn product<T: Real>(threads: &Threads, data: &mut [T], by: &[T], f: impl Fn(T) -> T + Sync) {
    threads.chunks_mut(data, TASK, &|task, data| {
        data.iter_mut().zip(&by[task * TASK..]).for_each(|(value, by)| *value *= f(*by));
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
    let group = TASK.div_ceil(read.max(1));
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

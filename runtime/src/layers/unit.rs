//! Vectors of length 1.

use super::each;
use crate::kernels::Write;
use crate::{Real, Threads};

/// `y = x / |x|`, of vectors of `n` elements that lie `inner` apart.
pub(super) fn forward<T: Real>(threads: &Threads, x: &[T], y: &mut [T], (n, inner): (usize, usize)) {
    each::parts(threads, y, n * inner, |part, y| {
        let x = &x[part * n * inner..][..n * inner];
        for start in 0..inner {
            let inverse = inverse_length(&x[start..], inner);
            for k in (start..n * inner).step_by(inner) {
                y[k] = x[k] * inverse;
            }
        }
    });
}

/// With `u = x / |x|`: `dx = (dy - u Σ u dy) / |x|`.
pub(super) fn backward<T: Real>(
    threads: &Threads,
    x: &[T],
    dy: &[T],
    (dx, write): (&mut [T], Write),
    (n, inner): (usize, usize),
) {
    each::parts(threads, dx, n * inner, |part, dx| {
        let at = part * n * inner;
        let (x, dy) = (&x[at..][..n * inner], &dy[at..][..n * inner]);
        for start in 0..inner {
            let inverse = inverse_length(&x[start..], inner);
            let places = (start..n * inner).step_by(inner);
            let along = places.clone().fold(T::zero(), |sum, k| sum + x[k] * inverse * dy[k]);
            for k in places {
                each::put(write, &mut dx[k], (dy[k] - x[k] * inverse * along) * inverse);
            }
        }
    });
}

/// 1 / |x| of every `step`-th element, at most 10¹².
fn inverse_length<T: Real>(x: &[T], step: usize) -> T {
    let squares = x.iter().step_by(step).fold(T::zero(), |sum, x| sum + *x * *x);
    squares.sqrt().recip().min(T::of(1e12))
}

//! One row times a large matrix, of which the rows that meet a zero are not read: after a relu, half of them.

use std::ops::Range;

use crate::kernels::scratch;
use crate::{Real, Threads};

use super::row::{Rows, Terms};
use super::{Epilogue, Matrix, Write, add_shards};

/// Bytes of the matrix from which reading it takes longer than anything else.
const LARGE: usize = 1 << 20;

/// Bytes of the matrix and terms that a shard should hold at least, and most shards.
const SHARD: usize = LARGE / 2;
const TERMS: usize = 64;
const SHARDS: usize = 16;

/// Is a matrix so large that leaving out rows pays? Its columns are side by side, and several lines of memory a row.
pub(crate) fn leaves_out_zeros<T>(b: &Matrix<T>) -> bool {
    let row = b.cols * size_of::<T>();
    b.col_stride == 1 && row >= 256 && b.rows * row >= LARGE
}

/// `c = a b`, then the epilogue; where an element of `a` is 0, what the row of `b` holds does not matter, NaN included.
///
/// # Panics
/// If the sizes do not agree, or the columns of `b` are not side by side.
pub(crate) fn row_of_some<T: Real>(threads: &Threads, a: &[T], b: Matrix<T>, c: &mut [T], epilogue: &Epilogue<T>) {
    b.check();
    let n = b.cols;
    assert!(b.col_stride == 1 && a.len() == b.rows && c.len() == n, "sizes of a product with one row");
    assert!(epilogue.bias.is_none_or(|bias| bias.len() == n), "a bias value a column");
    if n == 0 {
        return;
    }
    let factors = Matrix::new(a, 1, a.len());
    let shards = (a.len() * n * size_of::<T>() / SHARD).min(a.len() / TERMS).clamp(1, SHARDS);
    scratch::elements(shards * n, |partial: &mut [T]| {
        threads.chunks_mut(partial, n, &|shard, to| {
            let range = a.len() * shard / shards..a.len() * (shard + 1) / shards;
            to.fill(T::zero());
            scratch::indices(range.len(), |room| {
                let terms = Listed::nonzero(a, range, room);
                threads.level().run_vectors(Rows { a: factors, b, terms, to });
            });
        });
        add_shards(partial, n, c, Write::Overwrite);
    });
    if let Some(bias) = epilogue.bias {
        c.iter_mut().zip(bias).for_each(|(value, &bias)| *value += bias);
    }
    if let Some(activate) = epilogue.activate {
        activate.apply(c);
    }
}

/// Rows of a matrix by their numbers.
#[derive(Clone, Copy)]
struct Listed<'a>(&'a [usize]);

impl<'a> Listed<'a> {
    /// Those that have a factor other than 0, of a range that lies within the factors.
    fn nonzero<T: Real>(factors: &[T], range: Range<usize>, room: &'a mut [usize]) -> Self {
        let (mut count, first) = (0, range.start);
        for (place, &value) in factors[range].iter().enumerate() {
            // Written in any case, and kept if the count moves on: NaN is not 0.
            room[count] = first + place;
            count += usize::from(value != T::zero());
        }
        Listed(&room[..count])
    }
}

// SAFETY: they are places of factors, of which the matrices here have one for each row.
unsafe impl Terms for Listed<'_> {
    const GAPS: bool = true;

    #[inline(always)]
    fn count(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn row(self, place: usize) -> usize {
        self.0[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{assert_close, numbers, pools};

    fn check<T: Real>(k: usize, n: usize, stride: usize) {
        let mut a = numbers::<T>(k, 1);
        a.iter_mut().for_each(|value| *value = value.max(T::zero()));
        let (mut data, bias) = (numbers::<T>(k * stride, 2), numbers::<T>(n, 3));
        let expected = |col: usize| {
            let terms = (0..k).map(|row| a[row].wide() * data[row * stride + col].wide());
            2.0 * (terms.sum::<f64>() + bias[col].wide())
        };
        let expected: Vec<f64> = (0..n).map(expected).collect();
        if let Some(unread) = a.iter().position(|value| *value == T::zero()) {
            data[unread * stride] = T::nan();
        }
        let twice = |values: &mut [T]| values.iter_mut().for_each(|value| *value *= T::of(2.0));
        let mut former: Option<(crate::kernels::Level, Vec<T>)> = None;
        for threads in pools() {
            let b = Matrix { data: &data, rows: k, cols: n, row_stride: stride, col_stride: 1 };
            let mut c = vec![T::nan(); n];
            row_of_some(&threads, &a, b, &mut c, &Epilogue { bias: Some(&bias), activate: Some(&twice) });
            let what = format!("{k} x {n}, {:?}", threads.level());
            assert_close(&c, &expected, k, &what);
            match &former {
                Some((level, former)) if *level == threads.level() => assert_eq!(*former, c, "bits change: {what}"),
                _ => former = Some((threads.level(), c)),
            }
        }
    }

    #[test]
    fn rows_of_many_shapes() {
        for (k, n, stride) in
            [(0, 3, 3), (1, 1, 1), (7, 200, 210), (2100, 131, 131), (5000, 17, 20), (3000, 64, 64), (70, 600, 603)]
        {
            check::<f32>(k, n, stride);
            check::<f64>(k, n, stride);
        }
    }

    #[test]
    fn what_is_not_finite_stays_visible() {
        let mut a = vec![0.0_f32; 3];
        a[1] = f32::NAN;
        let mut c = vec![0.0; 2];
        row_of_some(&pools()[0], &a, Matrix::new(&[1.0; 6], 3, 2), &mut c, &Epilogue::none());
        assert!(c.iter().all(|value| value.is_nan()));
    }
}

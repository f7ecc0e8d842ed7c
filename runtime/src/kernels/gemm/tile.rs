//! The micro-kernel: a tile of the result in registers, one source compiled per level.

use std::ops::Range;

use crate::Real;
use crate::kernels::Level;
use crate::kernels::level::multiply_add;

/// The most rows a tile has at any level.
pub(super) const MAX_ROWS: usize = 12;

/// A left operand read where it lies: element `(i, s * run + t)` is `data[rows[i] + segments[s] + t * step]`.
pub(in crate::kernels) struct Gathered<'a, T> {
    data: &'a [T],
    rows: &'a [usize],
    segments: &'a [usize],
    run: usize,
    step: usize,
}

impl<'a, T: Real> Gathered<'a, T> {
    /// # Panics
    /// If an element lies beyond the data.
    pub(in crate::kernels) fn new(
        data: &'a [T],
        rows: &'a [usize],
        segments: &'a [usize],
        run: usize,
        step: usize,
    ) -> Gathered<'a, T> {
        if let (Some(row), Some(segment)) = (rows.iter().max(), segments.iter().max())
            && run > 0
        {
            assert!(row + segment + (run - 1) * step < data.len(), "a left operand reaches beyond its data");
        }
        Gathered { data, rows, segments, run, step }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The number of terms of each sum.
    pub(super) fn terms(&self) -> usize {
        self.segments.len() * self.run
    }

    /// The number of terms that lie in one segment.
    pub(super) fn run(&self) -> usize {
        self.run
    }

    /// A stretch of terms: within one segment, or whole segments.
    pub(super) fn terms_in(&self, terms: Range<usize>) -> Terms<'a, T> {
        let run = terms.len().min(self.run);
        let (segment, within) =
            (terms.start.checked_div(self.run).unwrap_or(0), terms.start.checked_rem(self.run).unwrap_or(0));
        let segments = terms.len().checked_div(run).unwrap_or(0);
        assert!(within + run <= self.run && segments * run == terms.len(), "a stretch is cut at a segment");
        Terms {
            data: self.data.as_ptr().wrapping_add(within * self.step),
            rows: self.rows,
            segments: &self.segments[segment..segment + segments],
            run,
            step: self.step,
        }
    }
}

/// A stretch of the common dimension of the left operand.
pub(super) struct Terms<'a, T> {
    data: *const T,
    rows: &'a [usize],
    segments: &'a [usize],
    run: usize,
    step: usize,
}

/// What a tile starts from.
#[derive(Clone, Copy)]
pub(super) enum First<T> {
    Zero,
    /// A row of values, the same for each row of the tile.
    Row(*const T),
    /// What the destination holds.
    Destination,
}

/// One call of the micro-kernel.
pub(super) struct Tile<'a, T> {
    pub terms: &'a Terms<'a, T>,
    /// The first row of the tile in the left operand.
    pub row: usize,
    /// The panel of the right operand: full vectors are read, whatever `cols` is.
    pub right: *const T,
    pub right_stride: usize,
    pub to: *mut T,
    pub to_stride: usize,
    /// The columns that count.
    pub cols: usize,
    pub first: First<T>,
}

/// A micro-kernel for one shape of tile.
///
/// # Safety
/// Of the tile: the rows `row..row + R` exist; the panel may be read at each term for the full width; the destination
/// and the first values may be used for `cols` columns, and nobody else uses the destination meanwhile.
pub(super) type Kernel<T> = unsafe fn(&Tile<T>);

/// `R` rows of `W` columns. With constant bounds, the compiler keeps `sum` in vector registers.
///
/// # Safety
/// As for [`Kernel`].
#[inline(always)]
unsafe fn tile<const FMA: bool, T: Real, const R: usize, const W: usize>(tile: &Tile<T>) {
    let terms = tile.terms;
    let mut sum = [[T::zero(); W]; R];
    let mut rows = [0; R];
    rows.copy_from_slice(&terms.rows[tile.row..tile.row + R]);
    for (i, sum) in sum.iter_mut().enumerate() {
        let first = match tile.first {
            First::Zero => continue,
            First::Row(values) => values,
            First::Destination => tile.to.wrapping_add(i * tile.to_stride).cast_const(),
        };
        for (j, sum) in sum.iter_mut().enumerate() {
            if j < tile.cols {
                // SAFETY: the caller lets the first values be read for `cols` columns.
                *sum = unsafe { *first.add(j) };
            }
        }
    }
    let mut right = tile.right;
    for &segment in terms.segments {
        let mut left = terms.data.wrapping_add(segment);
        for _ in 0..terms.run {
            // SAFETY: the caller lets the panel be read at each term for the full width.
            let values = unsafe { &*right.cast::<[T; W]>() };
            for i in 0..R {
                // SAFETY: `Gathered::new` checked the offsets of all rows, segments and steps.
                let factor = unsafe { *left.add(rows[i]) };
                for j in 0..W {
                    sum[i][j] = multiply_add::<FMA, T>(factor, values[j], sum[i][j]);
                }
            }
            left = left.wrapping_add(terms.step);
            right = right.wrapping_add(tile.right_stride);
        }
    }
    for (i, sum) in sum.iter().enumerate() {
        let to = tile.to.wrapping_add(i * tile.to_stride);
        for (j, &sum) in sum.iter().enumerate() {
            if j < tile.cols {
                // SAFETY: the destination may be written for `cols` columns.
                unsafe { *to.add(j) = sum };
            }
        }
    }
}

/// Compiles [`tile`] for one level: a function that picks the kernel for a number of rows and of vectors.
macro_rules! kernels {
    ($level:ident, $fma:literal, f32 x $single:literal, f64 x $double:literal, $(#[$features:meta])*) => {
        mod $level {
            use super::*;

            $(#[$features])*
            unsafe fn compiled<T: Real, const R: usize, const W: usize>(work: &Tile<T>) {
                // SAFETY: the caller keeps the conditions of `Kernel`.
                unsafe { tile::<$fma, T, R, W>(work) }
            }

            pub(super) fn pick<T: Real>(rows: usize, vectors: usize) -> Kernel<T> {
                if size_of::<T>() == 4 {
                    shapes!(compiled, T, rows, vectors, $single)
                } else {
                    shapes!(compiled, T, rows, vectors, $double)
                }
            }
        }
    };
}

macro_rules! shapes {
    ($kernel:ident, $T:ident, $rows:ident, $vectors:ident, $lanes:literal) => {
        match ($vectors, $rows) {
            (8, 1) => $kernel::<$T, 1, { 8 * $lanes }>,
            (4, 1) => $kernel::<$T, 1, { 4 * $lanes }>,
            (4, 2) => $kernel::<$T, 2, { 4 * $lanes }>,
            (4, 3) => $kernel::<$T, 3, { 4 * $lanes }>,
            (2, _) => shapes!($kernel, $T, $rows, { 2 * $lanes }, 1 2 3 4 5 6 7 8 9 10 11 12),
            (1, _) => shapes!($kernel, $T, $rows, $lanes, 1 2 3 4 5 6 7 8 9 10 11 12),
            _ => unreachable!("no kernel of {} rows of {} vectors", $rows, $vectors),
        }
    };
    ($kernel:ident, $T:ident, $rows:ident, $width:tt, $($count:literal)*) => {
        match $rows {
            $($count => $kernel::<$T, $count, $width>,)*
            _ => unreachable!("no kernel of {} rows", $rows),
        }
    };
}

kernels!(portable, false, f32 x 4, f64 x 2,);
#[cfg(target_arch = "aarch64")]
kernels!(neon, true, f32 x 4, f64 x 2,);
#[cfg(target_arch = "x86_64")]
kernels!(avx2, true, f32 x 8, f64 x 4, #[target_feature(enable = "avx2,fma")]);
#[cfg(target_arch = "x86_64")]
kernels!(avx512, true, f32 x 16, f64 x 8, #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]);

/// The kernel for `rows` rows of `vectors` vectors.
pub(super) fn kernel<T: Real>(level: Level, rows: usize, vectors: usize) -> Kernel<T> {
    match level {
        #[cfg(target_arch = "aarch64")]
        Level::Neon => neon::pick(rows, vectors),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::pick(rows, vectors),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => avx512::pick(rows, vectors),
        _ => portable::pick(rows, vectors),
    }
}

/// The rows of the tiles, such that the sums fit in the registers of the level.
pub(super) fn rows(level: Level, vectors: usize) -> usize {
    match level {
        Level::Portable => 4,
        Level::Avx2 => 6,
        Level::Neon | Level::Avx512 => MAX_ROWS,
    }
    .min(if vectors > 4 {
        1
    } else if vectors > 2 {
        3
    } else {
        MAX_ROWS
    })
}

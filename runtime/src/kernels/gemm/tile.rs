//! The micro-kernel: a tile of the result in registers, one source compiled for each level.

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64 as arch;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as arch;
use std::ops::Range;

use crate::Real;
use crate::kernels::Level;
use crate::kernels::vector::Vector;

use super::soon::{Region, Soon};

/// The most rows a tile has at any level.
pub(super) const MAX_ROWS: usize = 12;

/// How many terms ahead a panel is asked for that lies in a large matrix: as long as memory takes to answer.
pub(super) const AHEAD: usize = 32;

/// A left operand read where it lies: element `(i, s * run + t)` is `data[rows[i] + segments[s] + t * step]`.
pub(crate) struct Gathered<'a, T> {
    data: &'a [T],
    rows: &'a [usize],
    segments: &'a [usize],
    run: usize,
    step: usize,
}

impl<'a, T: Real> Gathered<'a, T> {
    /// # Panics
    /// If an element lies beyond the data.
    pub(crate) fn new(
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

    /// Where some terms lie, if they are plain rows of memory.
    pub(super) fn region(&self, terms: Range<usize>) -> Region<T> {
        let ([first, second, ..], [segment]) = (self.rows, self.segments) else { return Region::EMPTY };
        let at = self.data.as_ptr().wrapping_add(first + segment + terms.start * self.step);
        let apart = second.wrapping_sub(*first);
        match (self.step, apart) {
            (1, _) => Region::new(at, self.rows.len(), terms.len(), apart),
            (_, 1) => Region::new(at, terms.len(), self.rows.len(), self.step),
            _ => Region::EMPTY,
        }
    }

    /// All terms of some rows.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn lines(&self, rows: Range<usize>) -> Terms<'a, T> {
        let Gathered { data, segments, run, step, .. } = *self;
        Terms { data: data.as_ptr(), rows: &self.rows[rows], segments, run, step }
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
    pub data: *const T,
    pub rows: &'a [usize],
    pub segments: &'a [usize],
    pub run: usize,
    pub step: usize,
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
    /// The leading terms that ask for the panel [`AHEAD`] of them; none where it is in cache.
    pub asking: usize,
    /// What later tiles read, a line a term.
    pub soon: Option<&'a Soon<T>>,
    pub to: *mut T,
    pub to_stride: usize,
    /// The columns that count.
    pub cols: usize,
    pub first: First<T>,
    /// Does what is below 0 become 0 in the end?
    pub relu: bool,
}

/// A micro-kernel for one shape of tile.
///
/// # Safety
/// Of the tile: the rows `row..row + R` exist; the panel may be read at each term for the full width; the destination
/// and the first values may be used for `cols` columns, and nobody else uses the destination meanwhile.
pub(super) type Kernel<T> = unsafe fn(&Tile<T>);

/// `R` rows of `N` vectors: as many additions must be under way as hide the latency of one.
///
/// # Safety
/// As for [`Kernel`]; the processor has the register.
#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const N: usize>(tile: &Tile<V::Element>) {
    let terms = tile.terms;
    let full = tile.cols == N * V::LANES;
    // The columns of a vector that count.
    let count = |j: usize| tile.cols.saturating_sub(j * V::LANES).min(V::LANES);
    let mut rows = [0; R];
    rows.copy_from_slice(&terms.rows[tile.row..tile.row + R]);
    // SAFETY: the processor has the register.
    let mut sum = [[unsafe { V::splat(V::Element::default()) }; N]; R];
    if !matches!(tile.first, First::Zero) {
        for i in 0..R {
            let first = match tile.first {
                First::Row(values) => values,
                _ => tile.to.wrapping_add(i * tile.to_stride).cast_const(),
            };
            for j in 0..N {
                let from = first.wrapping_add(j * V::LANES);
                // SAFETY: the first values may be read for the columns that count.
                sum[i][j] = unsafe { if full { V::load(from) } else { V::load_first(from, count(j)) } };
            }
        }
    }
    let mut right = tile.right;
    // Few sums leave no time for it. A product that asks for nothing has a loop of its own, with nothing to find out in each term.
    let (mut soon, mut asking) = if R > 3 && N > 1 { (tile.soon.copied(), tile.asking) } else { (None, 0) };
    for &segment in terms.segments {
        let mut left = terms.data.wrapping_add(segment);
        let mut next = || {
            let pair = (left, right);
            (left, right) = (left.wrapping_add(terms.step), right.wrapping_add(tile.right_stride));
            pair
        };
        if let Some(soon) = &mut soon {
            for _ in 0..terms.run {
                soon.ask::<V>();
                let (left, right) = next();
                // SAFETY: the caller answers for the panel; `Gathered::new` checked the offsets of all rows and terms.
                unsafe { add_term(&mut sum, left, &rows, right, 0) };
            }
            continue;
        }
        let first = asking.min(terms.run);
        asking -= first;
        for _ in 0..first {
            let (left, right) = next();
            // SAFETY: as above.
            unsafe { add_term(&mut sum, left, &rows, right, AHEAD * tile.right_stride) };
        }
        for _ in first..terms.run {
            let (left, right) = next();
            // SAFETY: as above.
            unsafe { add_term(&mut sum, left, &rows, right, 0) };
        }
    }
    if tile.relu {
        for i in 0..R {
            for j in 0..N {
                // SAFETY: the processor has the register.
                sum[i][j] = unsafe { sum[i][j].positive() };
            }
        }
    }
    for i in 0..R {
        for j in 0..N {
            let to = tile.to.wrapping_add(i * tile.to_stride + j * V::LANES);
            // SAFETY: the destination may be written for the columns that count.
            unsafe { if full { sum[i][j].store(to) } else { sum[i][j].store_first(to, count(j)) } };
        }
    }
}

/// Adds one term to each sum.
///
/// # Safety
/// The processor has the register; `left` may be read at each of `rows`, and `right` for `N` vectors.
#[inline(always)]
pub(super) unsafe fn add_term<V: Vector, const R: usize, const N: usize>(
    sum: &mut [[V; N]; R],
    left: *const V::Element,
    rows: &[usize; R],
    right: *const V::Element,
    ahead: usize,
) {
    // SAFETY: the processor has the register.
    let mut values = [unsafe { V::splat(V::Element::default()) }; N];
    // A closure would not be a part of this routine.
    for (j, value) in values.iter_mut().enumerate() {
        // SAFETY: the caller answers for `right`.
        *value = unsafe { V::load(right.add(j * V::LANES)) };
    }
    if ahead > 0 {
        for j in 0..N {
            V::prefetch(right.wrapping_add(ahead + j * V::LANES));
        }
    }
    for i in 0..R {
        // SAFETY: the caller answers for the rows of `left`.
        let factor = unsafe { V::splat(*left.add(rows[i])) };
        for j in 0..N {
            // SAFETY: the processor has the register.
            sum[i][j] = unsafe { factor.multiply_add(values[j], sum[i][j]) };
        }
    }
}

/// The one of two kernels that is for this type.
fn of<T: Real>(single: Kernel<f32>, double: Kernel<f64>) -> Kernel<T> {
    if size_of::<T>() == size_of::<f32>() {
        // SAFETY: `Real` is sealed over f32 and f64, so T is f32.
        unsafe { std::mem::transmute::<Kernel<f32>, Kernel<T>>(single) }
    } else {
        // SAFETY: `Real` is sealed over f32 and f64, so T is f64.
        unsafe { std::mem::transmute::<Kernel<f64>, Kernel<T>>(double) }
    }
}

/// Compiles [`tile`] for one level: a function that picks the kernel for a number of rows and of vectors.
macro_rules! kernels {
    ($level:ident, $Single:ty, $Double:ty, $(#[$features:meta])*) => {
        mod $level {
            use super::*;

            $(#[$features])*
            unsafe fn compiled<V: Vector, const R: usize, const N: usize>(work: &Tile<V::Element>) {
                // SAFETY: the caller keeps the conditions of `Kernel`.
                unsafe { tile::<V, R, N>(work) }
            }

            pub(super) fn pick<T: Real>(rows: usize, vectors: usize) -> Kernel<T> {
                of(shapes!(compiled, $Single, rows, vectors), shapes!(compiled, $Double, rows, vectors))
            }
        }
    };
}

macro_rules! shapes {
    ($kernel:ident, $Register:ty, $rows:ident, $vectors:ident) => {
        match ($vectors, $rows) {
            (8, 1) => $kernel::<$Register, 1, 8>,
            (4, _) => shapes!($kernel, $Register, $rows, 4, 1 2 3 4 5 6),
            (2, _) => shapes!($kernel, $Register, $rows, 2, 1 2 3 4 5 6 7 8 9 10 11 12),
            (1, _) => shapes!($kernel, $Register, $rows, 1, 1 2 3 4 5 6 7 8 9 10 11 12),
            _ => unreachable!("no kernel of {} rows of {} vectors", $rows, $vectors),
        }
    };
    ($kernel:ident, $Register:ty, $rows:ident, $width:tt, $($count:literal)*) => {
        match $rows {
            $($count => $kernel::<$Register, $count, $width>,)*
            _ => unreachable!("no kernel of {} rows", $rows),
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernels!(portable, arch::__m128, arch::__m128d,);
#[cfg(not(target_arch = "x86_64"))]
kernels!(portable, [f32; 4], [f64; 2],);
#[cfg(target_arch = "aarch64")]
kernels!(neon, arch::float32x4_t, arch::float64x2_t,);
#[cfg(target_arch = "x86_64")]
kernels!(avx2, arch::__m256, arch::__m256d, #[target_feature(enable = "avx2,fma")]);
#[cfg(target_arch = "x86_64")]
kernels!(avx512, arch::__m512, arch::__m512d, #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]);

/// The kernel for `rows` rows of `vectors` vectors.
pub(super) fn kernel<T: Real>(level: Level, rows: usize, vectors: usize) -> Kernel<T> {
    match level {
        #[cfg(target_arch = "aarch64")]
        Level::Neon => neon::pick(rows, vectors),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::pick(rows, vectors),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 | Level::Amx => avx512::pick(rows, vectors),
        _ => portable::pick(rows, vectors),
    }
}

/// Splits `rows` into tiles of at most `most` rows, all about as high: the first row and the number of rows of each.
#[inline]
pub(super) fn split(rows: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let tiles = rows.div_ceil(most);
    let (each, more) = (rows / tiles.max(1), rows % tiles.max(1));
    (0..tiles).map(move |index| (index * each + index.min(more), each + usize::from(index < more)))
}

/// The rows of the tiles, such that the sums fit in the registers of the level.
pub(super) fn rows(level: Level, vectors: usize) -> usize {
    match (level, vectors) {
        (_, 8..) => 1,
        (Level::Portable | Level::Avx2, 4..) => 3,
        (_, 4..) => 6,
        (Level::Portable, _) => 4,
        (Level::Avx2, _) => 6,
        _ => MAX_ROWS,
    }
}

//! Panels of the right operand: one vector, or a few, of columns side by side, term after term.

use std::ops::Range;

use crate::buffer::Buffer;
use crate::kernels::Level;
use crate::kernels::level::Routine;

use super::Matrix;
use super::amx::{self, Side};
use crate::{Real, Threads};

/// The side of the squares that a transposition moves at once.
const SQUARE: usize = 8;

/// Elements of panels that are worth a task.
const PACKED: usize = 1 << 13;

/// Elements of a matrix that are looked at together where its panels do not show them.
const SEEN: usize = 1 << 12;

/// The vectors of a panel that is copied for many rows: where registers suffice, twice as many, with half the rows a tile,
/// read less for the same sums.
pub(super) const fn many(level: Level) -> usize {
    if matches!(level, Level::Avx512 | Level::Amx) { 4 } else { 2 }
}

/// The vectors of a panel that serves products of any number of rows, of a matrix of that many vectors of columns.
pub(super) fn vectors_of(level: Level, vectors: usize) -> usize {
    if vectors < 4 { 2 } else { many(level) }
}

/// The same in columns.
pub(in crate::kernels) fn width<T>(level: Level, cols: usize) -> usize {
    let lanes = level.vector_bytes() / size_of::<T>();
    vectors_of(level, cols / lanes) * lanes
}

/// The vectors to take at once where `cols` columns are left.
pub(super) fn vectors_at(cols: usize, lanes: usize, most: usize) -> usize {
    match cols.div_ceil(lanes) {
        1 => 1,
        _ if cols >= 8 * lanes => most,
        _ if cols >= 4 * lanes => most.min(4),
        _ => 2,
    }
}

/// A right operand in panels that serve many products: some vectors of columns side by side, all their terms in turn. For products
/// by tiles, panels are strips, which a left operand has, too.
#[derive(Clone, Debug)]
pub(crate) struct Panels<T> {
    level: Level,
    side: Side,
    terms: usize,
    cols: usize,
    data: Buffer<T>,
}

impl<T> Default for Panels<T> {
    fn default() -> Self {
        Panels { level: Level::Portable, side: Side::Right, terms: 0, cols: 0, data: Buffer::default() }
    }
}

impl<T: Real> Panels<T> {
    /// Replaces the panels by those of `matrix`, for products at a level.
    pub(crate) fn pack(&mut self, threads: &Threads, level: Level, matrix: Matrix<T>) {
        self.pack_with(threads, (level, Side::Right), matrix, &|_| ());
    }

    /// The same for a side of products; `look` sees all elements once, a part at a time.
    pub(super) fn pack_with(
        &mut self,
        threads: &Threads,
        (level, side): (Level, Side),
        matrix: Matrix<T>,
        look: &(dyn Fn(&[T]) + Sync),
    ) {
        matrix.check();
        (self.level, self.side, self.terms, self.cols) = (level, side, matrix.rows, matrix.cols);
        let (terms, width, len) = (self.terms, self.width(), self.panel_len());
        let panels = self.cols.div_ceil(width);
        let data = self.data.take(panels * len);
        let group = panels.div_ceil(threads.tasks(panels * len, PACKED)).max(1);
        let tasks = panels.div_ceil(group);
        threads.chunks_mut(data, (group * len).max(1), &|task, data| {
            for (index, panel) in data.chunks_exact_mut(len).enumerate() {
                let first = (task * group + index) * width;
                if level == Level::Amx {
                    amx::pack_strip(side, &matrix, first, panel);
                } else {
                    pack(level, &matrix, 0..terms, first, width, panel);
                    look(panel);
                }
            }
            if level == Level::Amx {
                // Strips hold parts of the numbers. What is seen together does not follow from the tasks.
                let parts = matrix.data.len().div_ceil(SEEN);
                for part in parts * task / tasks..parts * (task + 1) / tasks {
                    look(&matrix.data[part * SEEN..matrix.data.len().min((part + 1) * SEEN)]);
                }
            }
        });
    }

    /// The level of the products that they are for.
    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// The number of terms, and of columns.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.terms, self.cols)
    }

    /// All panels, one after the other.
    pub(super) fn data(&self) -> &[T] {
        self.data.get(self.cols.div_ceil(self.width()) * self.panel_len())
    }

    /// The numbers of a panel.
    pub(super) fn panel_len(&self) -> usize {
        if self.level == Level::Amx { amx::strip_len(self.terms) } else { self.terms * self.width() }
    }

    /// All of it.
    pub(super) fn part(&self) -> PanelPart<'_, T> {
        PanelPart { panels: self, terms: (0, self.terms), cols: (0, self.cols) }
    }

    /// The columns of a panel.
    pub(super) fn width(&self) -> usize {
        if self.level == Level::Amx { amx::LINES } else { width::<T>(self.level, self.cols) }
    }
}

/// Some terms of some panels.
#[derive(Debug)]
pub(crate) struct PanelPart<'a, T> {
    panels: &'a Panels<T>,
    /// The first one, and their number.
    terms: (usize, usize),
    cols: (usize, usize),
}

impl<T> Clone for PanelPart<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PanelPart<'_, T> {}

impl<'a, T: Real> PanelPart<'a, T> {
    pub(super) fn level(&self) -> Level {
        self.panels.level
    }

    /// The number of terms, and of columns.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.terms.1, self.cols.1)
    }

    /// The columns of a panel.
    pub(super) fn width(&self) -> usize {
        self.panels.width()
    }

    /// The columns from `first` on, where a panel starts.
    pub(super) fn columns(self, first: usize, cols: usize) -> Self {
        assert!(first.is_multiple_of(self.width()) && first + cols <= self.cols.1, "a part consists of whole panels");
        PanelPart { cols: (self.cols.0 + first, cols), ..self }
    }

    /// The terms from `first` on.
    pub(super) fn lines(self, first: usize, terms: usize) -> Self {
        assert!(first + terms <= self.terms.1, "a part lies within its panels");
        PanelPart { terms: (self.terms.0 + first, terms), ..self }
    }

    /// The panel of column `col` from there on, and from a term on.
    pub(super) fn from(&self, col: usize, term: usize) -> &'a [T] {
        let (col, term) = (self.cols.0 + col, self.terms.0 + term);
        let within = col % self.width();
        &self.panels.data.as_slice()[(col - within) * self.panels.terms + term * self.width() + within..]
    }

    /// These terms of all strips from the first column on, with what lies behind, and the distance from one strip to the next.
    ///
    /// # Panics
    /// If these are no strips of a right operand, or if none starts there.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn strips(&self) -> (&'a [T], usize) {
        let Panels { level, side, .. } = *self.panels;
        let (col, term) = (self.cols.0, self.terms.0);
        assert!(level == Level::Amx && side == Side::Right, "strips of a right operand");
        assert!(col.is_multiple_of(amx::LINES) && term.is_multiple_of(amx::DEPTH), "a part consists of whole steps");
        let len = self.panels.panel_len();
        (&self.panels.data.as_slice()[col / amx::LINES * len + amx::strip_end(term)..], len)
    }
}

/// Copies some terms of the columns from `col` on into `panel`, `width` columns a term; columns that the matrix lacks
/// become 0.
pub(in crate::kernels) fn pack<T: Real>(
    level: Level,
    b: &Matrix<T>,
    terms: Range<usize>,
    col: usize,
    width: usize,
    panel: &mut [T],
) {
    let cols = width.min(b.cols - col);
    let data = b.data.get(terms.start * b.row_stride + col * b.col_stride..).unwrap_or_default();
    let source = Source { data, row_stride: b.row_stride, col_stride: b.col_stride, cols };
    level.run(Pack { source, width, panel: &mut panel[..terms.len() * width] });
}

struct Source<'a, T> {
    data: &'a [T],
    row_stride: usize,
    col_stride: usize,
    cols: usize,
}

struct Pack<'a, T> {
    source: Source<'a, T>,
    width: usize,
    panel: &'a mut [T],
}

impl<T: Real> Routine for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Pack { source, width, panel } = self;
        if source.col_stride == 1 {
            for (term, line) in panel.chunks_exact_mut(width).enumerate() {
                let from = &source.data[term * source.row_stride..][..source.cols];
                // Short stretches of a known length, for which no library is called.
                let (line, rest) = line.split_at_mut(source.cols);
                let (whole, last) = line.as_chunks_mut::<SQUARE>();
                let (from, others) = from.as_chunks::<SQUARE>();
                whole.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                last.copy_from_slice(others);
                rest.fill(T::zero());
            }
            return;
        }
        let terms = panel.len() / width;
        // Squares use both sides a cache line at a time.
        for col in (0..width).step_by(SQUARE) {
            let cols = SQUARE.min(source.cols.saturating_sub(col));
            let squares = if source.row_stride == 1 && cols == SQUARE { terms / SQUARE } else { 0 };
            for term in (0..squares).map(|square| square * SQUARE) {
                let from = &source.data[term + col * source.col_stride..];
                transpose::<FMA, T>(from, source.col_stride, &mut panel[term * width + col..], width);
            }
            for term in squares * SQUARE..terms {
                let line = &mut panel[term * width + col..][..SQUARE.min(width - col)];
                line[cols..].fill(T::zero());
                for (j, value) in line[..cols].iter_mut().enumerate() {
                    *value = source.data[term * source.row_stride + (col + j) * source.col_stride];
                }
            }
        }
    }
}

/// Transposes one square from `from` to `to`.
#[inline(always)]
fn transpose<const FMA: bool, T: Real>(from: &[T], from_stride: usize, to: &mut [T], to_stride: usize) {
    assert!((SQUARE - 1) * from_stride + SQUARE <= from.len() && (SQUARE - 1) * to_stride + SQUARE <= to.len());
    #[cfg(target_arch = "x86_64")]
    if FMA && size_of::<T>() == size_of::<f32>() {
        // SAFETY: `Real` is sealed over f32 and f64, so T is f32; the square lies within both slices; on this architecture a
        // level with fused multiply-add has AVX.
        return unsafe { x86::transpose(from.as_ptr().cast(), from_stride, to.as_mut_ptr().cast(), to_stride) };
    }
    let mut square = [[T::zero(); SQUARE]; SQUARE];
    for (row, square) in square.iter_mut().enumerate() {
        square.copy_from_slice(&from[row * from_stride..][..SQUARE]);
    }
    for col in 0..SQUARE {
        let line = &mut to[col * to_stride..][..SQUARE];
        for (value, row) in line.iter_mut().zip(&square) {
            *value = row[col];
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::SQUARE;

    /// A square of eight by eight numbers: pairs are interleaved, then pairs of pairs, then halves of registers.
    ///
    /// # Safety
    /// The square may be read at `from` and written at `to`; the processor has AVX.
    #[target_feature(enable = "avx")]
    #[inline]
    pub(super) unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        // SAFETY: the caller vouches for the square.
        let row = |row: usize| unsafe { _mm256_loadu_ps(from.add(row * from_stride)) };
        let rows: [__m256; SQUARE] = std::array::from_fn(row);
        for half in 0..2 {
            let pairs = |first: usize| {
                let (a, b) = (rows[first], rows[first + 1]);
                if half == 0 { _mm256_unpacklo_ps(a, b) } else { _mm256_unpackhi_ps(a, b) }
            };
            let [a, b, c, d] = [pairs(0), pairs(2), pairs(4), pairs(6)];
            let (low, high) = (_mm256_shuffle_ps::<0x44>(a, b), _mm256_shuffle_ps::<0x44>(c, d));
            let (low_odd, high_odd) = (_mm256_shuffle_ps::<0xee>(a, b), _mm256_shuffle_ps::<0xee>(c, d));
            let columns = [
                (2 * half, _mm256_permute2f128_ps::<0x20>(low, high)),
                (2 * half + 1, _mm256_permute2f128_ps::<0x20>(low_odd, high_odd)),
                (2 * half + 4, _mm256_permute2f128_ps::<0x31>(low, high)),
                (2 * half + 5, _mm256_permute2f128_ps::<0x31>(low_odd, high_odd)),
            ];
            for (column, values) in columns {
                // SAFETY: the caller vouches for the square.
                unsafe { _mm256_storeu_ps(to.add(column * to_stride), values) };
            }
        }
    }
}

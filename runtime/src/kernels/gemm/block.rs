//! One block of a product on one thread: the loops around the micro-kernel.

use std::ops::Range;

use smallvec::SmallVec;

use crate::Real;
use crate::kernels::{Level, scratch};

use super::amx;
use super::cut::CACHED;
use super::operands::{Block, Right, Start};
use super::panel;
use super::soon::Region;
use super::tile::{self, AHEAD, First, Gathered, Terms, Tile};
use super::{Activate, Matrix};

/// Most vectors of a panel, such that it stays in the first-level cache.
const PANEL: usize = 640;

/// Rows from which a panel of the right operand is worth copying, to have it without gaps.
pub(super) const PACK_ROWS: usize = 48;

/// The same if the gaps are small, as the rows of the right operand have at most [`SHORT`] bytes.
const PACK_ROWS_OF_SHORT: usize = 144;

/// Rows of fewer bytes are short: a [`STRETCH`] of whole ones then has enough terms.
const SHORT: usize = 1 << 11;

/// Bytes of an operand from which its next pieces are asked for: several times what the first-level cache holds.
const LARGE: usize = 1 << 18;

/// Bytes of a stretch of a matrix that is read where it lies, if the next one is asked for.
const STRETCH: usize = 1 << 17;

/// Most panels that are taken together.
const GROUP: usize = 8;

/// `to = start + left right`; a row comes out the same with whatever others it is multiplied. Panels are for a level, which counts then.
pub(crate) fn multiply<'a, T: Real>(
    level: Level,
    left: &Gathered<T>,
    right: impl Into<Right<'a, T>>,
    to: &mut Block<T>,
    start: Start<T>,
) {
    product(level, left, right.into(), to, start, false);
}

/// The same, and the activation.
pub(crate) fn multiply_and_activate<'a, T: Real>(
    level: Level,
    left: &Gathered<T>,
    right: impl Into<Right<'a, T>>,
    to: &mut Block<T>,
    start: Start<T>,
    activate: Option<&dyn Activate<T>>,
) {
    if activate.is_some_and(Activate::is_relu) && left.terms() > 0 {
        return product(level, left, right.into(), to, start, true);
    }
    multiply(level, left, right, to, start);
    to.activate(activate);
}

fn product<T: Real>(level: Level, left: &Gathered<T>, right: Right<T>, to: &mut Block<T>, start: Start<T>, relu: bool) {
    let level = right.level(level);
    assert!(level.is_available(), "this processor does not have {level:?}");
    right.check();
    let (terms, cols) = right.size();
    assert_eq!((left.rows(), left.terms(), cols), (to.rows(), terms, to.cols()), "sizes of a product");
    if let Start::Row(row) = start {
        assert_eq!(row.len(), to.cols(), "a first value a column");
    }
    if to.rows() == 0 || to.cols() == 0 {
        return;
    }
    if level == Level::Amx && terms > 0 {
        return amx::product(left, right, to, start, relu);
    }
    let lanes = level.vector_bytes() / size_of::<T>();
    let most_vectors = match right {
        Right::Panels(part) => part.width() / lanes,
        _ => vectors(level, to.rows()),
    };
    let asks = asks(left, right);
    let in_rows = asks[0] && matches!(right, Right::Matrix(matrix) if is_whole(&matrix));
    // A single row sees its panel once.
    let mut depth = PANEL / most_vectors.min(4);
    let room = if let Right::Matrix(_) = right { depth * most_vectors * lanes } else { 0 };
    if in_rows {
        depth = depth.min(STRETCH / (cols * size_of::<T>()));
    }
    let asks_ahead = asks_ahead(to.rows(), right);
    let mut work = |buffer: &mut [T]| {
        let soon = [Region::EMPTY; 2];
        let buffer = buffer.as_mut_ptr();
        let mut product =
            Product { level, left, right, to, lanes, relu, asks, in_rows, asks_ahead, soon, buffer, room };
        let mut first = 0;
        loop {
            let terms = terms_from(left, first, depth);
            let start = if first == 0 { start } else { Start::Destination };
            product.stretch(first..first + terms, most_vectors, start);
            first += terms;
            if first >= left.terms() {
                break;
            }
        }
    };
    if room == 0 { work(&mut []) } else { scratch::elements(room, work) }
}

/// The vectors of columns that are best taken at once from a matrix: with few rows and few columns, too few sums are under way
/// to hide the latency of an addition.
fn vectors(level: Level, rows: usize) -> usize {
    match rows {
        1 => 8,
        2 | 3 => 4,
        ..PACK_ROWS => 2,
        _ => panel::many(level),
    }
}

/// Are the next pieces of the right and of the left operand asked for? That takes a tile or two, and operands that are not in the
/// nearest cache.
fn asks<T: Real>(left: &Gathered<T>, right: Right<T>) -> [bool; 2] {
    let few = if let Right::Matrix(_) = right { tile::MAX_ROWS } else { tile::MAX_ROWS / 2 };
    let (terms, cols) = right.size();
    let rows = left.rows();
    [cols, rows].map(|breadth| rows > few && breadth * terms * size_of::<T>() > LARGE)
}

/// Is each panel of the right operand asked for some terms ahead? That takes a large matrix whose panels are read where they lie, in
/// pieces of long rows, of which a processor does not find the next one by itself.
fn asks_ahead<T: Real>(rows: usize, right: Right<T>) -> bool {
    let is_far = |matrix: Matrix<T>| {
        matrix.col_stride == 1
            && matrix.row_stride * size_of::<T>() >= SHORT
            && matrix.rows * matrix.cols * size_of::<T>() > CACHED
    };
    rows < PACK_ROWS && matches!(right, Right::Matrix(matrix) if is_far(matrix))
}

/// Does a matrix lie in memory row after row, and are its rows short?
fn is_whole<T>(matrix: &Matrix<T>) -> bool {
    matrix.col_stride == 1 && matrix.row_stride == matrix.cols && matrix.cols * size_of::<T>() < SHORT
}

/// The number of terms to take from `first` on, at most `depth`: whole segments, or a fair part of a long one.
fn terms_from<T: Real>(left: &Gathered<T>, first: usize, depth: usize) -> usize {
    let run = left.run();
    if left.terms() == 0 {
        0
    } else if run <= depth {
        (depth / run * run).min(left.terms() - first)
    } else {
        run.div_ceil(run.div_ceil(depth)).min(run - first % run)
    }
}

struct Product<'a, 'b, 'c, T> {
    level: Level,
    left: &'a Gathered<'b, T>,
    right: Right<'a, T>,
    to: &'a mut Block<'c, T>,
    lanes: usize,
    /// Does what is below 0 become 0 in the end?
    relu: bool,
    /// Are the next pieces of the right and of the left operand asked for?
    asks: [bool; 2],
    /// And is the right one asked for in whole rows?
    in_rows: bool,
    /// Does each panel ask for what is some terms ahead?
    asks_ahead: bool,
    /// What is left to be asked for of the right operand, and of the left one.
    soon: [Region<T>; 2],
    /// Room for the packed panels of a group.
    buffer: *mut T,
    /// The elements that there is room for.
    room: usize,
}

impl<'b, T: Real> Product<'_, 'b, '_, T> {
    /// Adds the terms of one stretch to all tiles, to those of a few panels at a time.
    fn stretch(&mut self, terms: Range<usize>, most_vectors: usize, start: Start<T>) {
        let next = terms.end..self.left.terms().min(terms.end + terms.len());
        self.soon = [self.rows(next.clone()), self.columns(next.clone())];
        let mut col = 0;
        while col < self.to.cols() {
            let (vectors, count) = self.group(terms.len(), col, most_vectors);
            let width = vectors * self.lanes;
            let end = col + count * width;
            if self.asks[0] && !self.in_rows {
                let (terms, col) = if end < self.to.cols() { (terms.clone(), end) } else { (next.clone(), 0) };
                self.soon[0] = self.next_panel(terms, col, vectors);
            }
            let mut pieces = Pieces::new();
            for (panel, col) in (col..end).step_by(width).enumerate() {
                self.panel(terms.clone(), col, vectors, panel * terms.len() * width, start, &mut pieces);
            }
            self.tiles(&pieces, vectors, terms.len());
            col = end;
        }
    }

    /// The vectors of a panel, and how many such panels to take together from a column on: as many as stay in the first-level cache,
    /// so that rows of few terms come to it once for all of them.
    fn group(&self, terms: usize, col: usize, most_vectors: usize) -> (usize, usize) {
        let vectors_at = |col: usize| panel::vectors_at(self.to.cols() - col, self.lanes, most_vectors);
        let vectors = vectors_at(col);
        let most = if self.asks[0] { 1 } else { (PANEL / (terms * vectors).max(1)).clamp(1, GROUP) };
        let panels = (col..self.to.cols()).step_by(vectors * self.lanes).take(most);
        (vectors, panels.take_while(|&col| vectors_at(col) == vectors).count())
    }

    /// Where the right operand has some terms, if it is asked for in whole rows.
    fn rows(&self, terms: Range<usize>) -> Region<T> {
        match self.right {
            Right::Matrix(matrix) if self.in_rows => {
                let first = matrix.data.as_ptr().wrapping_add(terms.start * matrix.row_stride);
                Region::new(first, terms.len(), matrix.cols, matrix.row_stride)
            }
            _ => Region::EMPTY,
        }
    }

    /// Where the left operand has some terms, if it is asked for.
    fn columns(&self, terms: Range<usize>) -> Region<T> {
        if self.asks[1] { self.left.region(terms) } else { Region::EMPTY }
    }

    /// Where some terms of a panel are, if panels are packed, or will be.
    fn next_panel(&self, terms: Range<usize>, col: usize, vectors: usize) -> Region<T> {
        let width = vectors * self.lanes;
        match self.right {
            _ if terms.is_empty() => Region::EMPTY,
            Right::Panels(part) => Region::new(part.from(col, terms.start).as_ptr(), 1, terms.len() * part.width(), 0),
            Right::Matrix(matrix) if self.is_packed(&matrix, width) => {
                let Matrix { row_stride, col_stride, .. } = matrix;
                let first = matrix.data.as_ptr().wrapping_add(terms.start * row_stride + col * col_stride);
                match (row_stride, col_stride) {
                    (_, 1) => Region::new(first, terms.len(), width, row_stride),
                    (1, _) => Region::new(first, width, terms.len(), col_stride),
                    _ => Region::EMPTY,
                }
            }
            _ => Region::EMPTY,
        }
    }

    /// Are panels of so many columns copied?
    fn is_packed(&self, matrix: &Matrix<T>, width: usize) -> bool {
        let is_short = matrix.row_stride * size_of::<T>() <= SHORT;
        let rows = if is_short { PACK_ROWS_OF_SHORT } else { PACK_ROWS };
        matrix.col_stride != 1 || (self.to.rows() >= rows && matrix.row_stride != width)
    }

    /// Prepares a panel: in two pieces if it is read where it lies, but the last rows do not have its whole width. A copy goes to
    /// `place` of the buffer.
    fn panel(
        &mut self,
        terms: Range<usize>,
        col: usize,
        vectors: usize,
        place: usize,
        start: Start<T>,
        pieces: &mut Pieces<'b, T>,
    ) {
        let width = vectors * self.lanes;
        let first = match start {
            Start::Zero => First::Zero,
            Start::Row(row) => First::Row(row[col..].as_ptr()),
            Start::Destination => First::Destination,
        };
        let right = match self.right {
            // There are tiles for a product without terms, too.
            Right::Matrix(matrix) | Right::Tiles(matrix) => matrix,
            Right::Panels(part) => {
                let panel = part.from(col, terms.start).as_ptr();
                return pieces.push(self.piece(terms, panel, part.width(), col, first));
            }
        };
        // The panel is read where it lies, a whole width each term: at the very end, that would be beyond the data.
        let readable = (right.data.len() + right.row_stride)
            .saturating_sub(col + width)
            .checked_div(right.row_stride)
            .unwrap_or(0);
        let cut = if self.is_packed(&right, width) { terms.start } else { self.boundary(&terms, readable) };
        if cut > terms.start || terms.is_empty() {
            let stride = right.row_stride;
            let panel = right.data.as_ptr().wrapping_add(terms.start * stride + col);
            pieces.push(self.piece(terms.start..cut, panel, stride, col, first));
        }
        if cut < terms.end {
            let first = if cut > terms.start { First::Destination } else { first };
            let (level, room) = (self.level, self.place(place, (terms.end - cut) * width));
            panel::pack(level, &right, cut..terms.end, col, width, room);
            let panel = room.as_ptr();
            pieces.push(self.piece(cut..terms.end, panel, width, col, first));
        }
    }

    /// Room for a packed panel, beside those of others.
    fn place(&mut self, place: usize, len: usize) -> &mut [T] {
        assert!(place + len <= self.room, "there is room for a group of panels");
        // SAFETY: the room is this product's alone, and each panel of a group has a place of its own.
        unsafe { std::slice::from_raw_parts_mut(self.buffer.add(place), len) }
    }

    /// Some terms of a panel.
    fn piece(
        &self,
        terms: Range<usize>,
        right: *const T,
        right_stride: usize,
        col: usize,
        first: First<T>,
    ) -> Piece<'b, T> {
        let all = self.left.terms();
        // What follows the right operand may be what another thread writes, and is not to be fetched from there.
        let asking = if self.asks_ahead { all.saturating_sub(terms.start + AHEAD).min(terms.len()) } else { 0 };
        let relu = self.relu && terms.end == all;
        Piece { terms: self.left.terms_in(terms), right, right_stride, asking, col, first, relu }
    }

    /// The last place within `terms`, at most `end`, where the stretch may be cut.
    fn boundary(&self, terms: &Range<usize>, end: usize) -> usize {
        let run = self.left.run();
        if end >= terms.end {
            terms.end
        } else if terms.len() <= run {
            end.max(terms.start)
        } else {
            terms.start + end.saturating_sub(terms.start) / run * run
        }
    }

    /// Runs the micro-kernel over all rows; the pieces may be read for `vectors` vectors at each term.
    fn tiles(&mut self, pieces: &[Piece<'b, T>], vectors: usize, length: usize) {
        for (row, count) in tile::split(self.to.rows(), tile::rows(self.level, vectors)) {
            let kernel = tile::kernel::<T>(self.level, count, vectors);
            for piece in pieces {
                let soon = self.soon.iter_mut().find_map(|region| region.take(length));
                let tile = Tile {
                    terms: &piece.terms,
                    row,
                    right: piece.right,
                    right_stride: piece.right_stride,
                    asking: piece.asking,
                    soon: soon.as_ref(),
                    to: self.to.data.get().wrapping_add(row * self.to.stride + piece.col),
                    to_stride: self.to.stride,
                    cols: (vectors * self.lanes).min(self.to.cols() - piece.col),
                    first: piece.first,
                    relu: piece.relu,
                };
                // SAFETY: the processor has the level; the rows exist on both sides; the caller answers for the panel; the
                // columns lie within the block, which this product alone may use.
                unsafe { kernel(&tile) };
            }
        }
    }
}

/// Some terms of a panel, for all rows.
struct Piece<'a, T> {
    terms: Terms<'a, T>,
    right: *const T,
    right_stride: usize,
    /// The leading terms that ask for what is [`tile::AHEAD`] of them.
    asking: usize,
    col: usize,
    first: First<T>,
    relu: bool,
}

/// The pieces of a few panels, the last of which may have two.
type Pieces<'a, T> = SmallVec<[Piece<'a, T>; GROUP + 1]>;

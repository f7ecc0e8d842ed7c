//! Gradients of large variables by their factors: an optimizer makes them a block at a time, in cache, where they would
//! otherwise be written to memory, looked through, and read again. Of others it is kept here whether they are known to be sound:
//! no number is NaN, or exceeds what every optimizer takes.

use std::ops::Range;

use super::largest_of_many;
use crate::buffer::Buffer;
use crate::kernels::gemm::{Matrix, PackedProduct};
use crate::kernels::{Level, Write, reduce, scratch};
use crate::{Real, Threads};

/// Numbers of the smallest kernel whose gradient is left as its factors: what an optimizer goes through for it is more than
/// second-level caches hold.
const LEAST: usize = if cfg!(test) { 1 << 6 } else { 1 << 19 };

/// The same for a table of which some rows are read.
const LEAST_ROWS: usize = if cfg!(test) { 1 << 6 } else { 1 << 16 };

/// How many times as large as the copy of the inputs a kernel is at least.
const SHARE: usize = 4;

/// Most terms of a product that is made a few rows at a time: then its operands stay in cache.
const MOST_TERMS: usize = 256;

/// Most columns of a variable: a block has a few whole rows at least.
const MOST_COLS: usize = 1 << 11;

/// Numbers of a block: it stays in the first-level cache.
const BLOCK: usize = 1 << 12;

/// What the gradients of some variables are made of, which is the sum of all that is here for a variable, and what is known of
/// others.
#[derive(Clone, Debug)]
pub(crate) struct Factors<T> {
    /// Those of this pass first; the others are kept for their memory. Each pass finds its own from the last one, as their order
    /// is the same.
    all: Vec<Factor<T>>,
    count: usize,
    /// Where gradients have been written that are known to be sound.
    sound: Vec<Range<usize>>,
    /// Where all is sound, in the end.
    places: Vec<Range<usize>>,
}

/// One part of the gradient of a variable.
#[derive(Clone, Debug)]
struct Factor<T> {
    /// Where the gradient of the variable would be in that of the model.
    place: Range<usize>,
    /// A number that no element exceeds in size, unless it is NaN or infinite.
    bound: f64,
    kind: Kind<T>,
}

#[derive(Clone, Debug)]
enum Kind<T> {
    /// Of a dense layer: inputs and gradients of the outputs.
    Product(Box<PackedProduct<T>>),
    /// Of an embedding: gradients of some of its rows.
    Rows(Rows<T>),
}

/// Some rows of a matrix, which is 0 in all others.
#[derive(Clone, Debug, Default)]
struct Rows<T> {
    /// Which row of the matrix each is, and its place among those that were given; ordered.
    order: Vec<(u32, u32)>,
    cols: usize,
    /// In this order.
    data: Buffer<T>,
}

impl<T> Default for Factors<T> {
    fn default() -> Self {
        Factors { all: Vec::new(), count: 0, sound: Vec::new(), places: Vec::new() }
    }
}

impl<T: Real> Factors<T> {
    /// Begins a pass.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
        self.sound.clear();
    }

    /// Takes the product `left^T right` as the gradient of a variable of so many numbers that starts at `start`, or as a part
    /// of it; false if it is not to be left. `again` says that another use of the layer has had a part.
    pub(super) fn take_product(
        &mut self,
        threads: &Threads,
        start: usize,
        again: bool,
        left: Matrix<T>,
        right: Matrix<T>,
    ) -> bool {
        let (rows, cols, terms) = (left.cols, right.cols, left.rows);
        let fits = rows * cols >= LEAST && (SHARE * terms..=MOST_COLS).contains(&cols) && terms <= MOST_TERMS;
        if !self.takes(start, again, fits) {
            return false;
        }
        let factor = self.next(start..start + rows * cols);
        if !matches!(factor.kind, Kind::Product(_)) {
            factor.kind = Kind::Product(Box::default());
        }
        if let Kind::Product(product) = &mut factor.kind {
            factor.bound = product.pack(threads, left, right);
        }
        true
    }

    /// Takes rows of a matrix of so many numbers, which `ids` says, in the same way.
    pub(super) fn take_rows(
        &mut self,
        threads: &Threads,
        place: Range<usize>,
        again: bool,
        ids: &[u32],
        rows: Matrix<T>,
    ) -> bool {
        let cols = rows.cols;
        // Where few rows get no gradient, there is little to be saved.
        let fits = place.len() >= LEAST_ROWS && (1..=MOST_COLS).contains(&cols) && 2 * ids.len() * cols <= place.len();
        if !self.takes(place.start, again, fits) {
            return false;
        }
        let factor = self.next(place);
        if !matches!(factor.kind, Kind::Rows(_)) {
            factor.kind = Kind::Rows(Rows::default());
        }
        if let Kind::Rows(kept) = &mut factor.kind {
            factor.bound = kept.take(threads.level(), ids, rows);
        }
        true
    }

    /// Notes that the gradient at `place` has been written, and whether it is known to be sound now.
    pub(super) fn note(&mut self, place: Range<usize>, is_sound: bool) {
        self.sound.retain(|known| known.start != place.start);
        if is_sound {
            self.sound.push(place);
        }
    }

    /// Writes out what is here for gradients at `place`, which somebody is about to add to, and forgets it.
    pub(super) fn write(&mut self, threads: &Threads, place: Range<usize>, to: &mut [T]) {
        self.sound.retain(|known| !place.contains(&known.start));
        while let Some(factor) = self.all[..self.count].iter().find(|factor| place.contains(&factor.place.start)) {
            let part = factor.place.clone();
            self.write_one(threads, part.start, &mut to[part.start - place.start..part.end - place.start]);
        }
    }

    /// Writes out the gradient that starts at `start`, and forgets its factors.
    fn write_one(&mut self, threads: &Threads, start: usize, to: &mut [T]) {
        if let Some(factored) = self.of(start) {
            factored.write(threads, to);
        }
        let all = &mut self.all[..self.count];
        all.sort_by_key(|factor| factor.place.start == start);
        self.count = all.partition_point(|factor| factor.place.start != start);
    }

    /// All parts of a gradient are here, or none is.
    fn takes(&self, start: usize, again: bool, fits: bool) -> bool {
        if again { self.of(start).is_some() } else { fits }
    }

    /// Room for another one, with what an earlier one has left there.
    fn next(&mut self, place: Range<usize>) -> &mut Factor<T> {
        if self.count == self.all.len() {
            self.all.push(Factor { place: 0..0, bound: 0.0, kind: Kind::Rows(Rows::default()) });
        }
        self.count += 1;
        let factor = &mut self.all[self.count - 1];
        factor.place = place;
        factor
    }

    /// The gradient of the variable that starts at `start`, if it is here.
    pub(crate) fn of(&self, start: usize) -> Option<Factored<'_, T>> {
        let mut parts = self.all[..self.count].iter().filter(|factor| factor.place.start == start);
        parts.next().map(|first| Factored { factors: self, first })
    }

    /// Writes out what may be unsound to its place in the gradient of the model, and gives the places of
    /// everything else that is known, in order: all that is sound.
    pub(crate) fn write_doubtful(&mut self, threads: &Threads, gradient: &mut [T]) -> &[Range<usize>] {
        while let Some(doubtful) = self.all[..self.count].iter().find(|factor| !factor.is_sound(self.count)) {
            let place = doubtful.place.clone();
            self.write_one(threads, place.start, &mut gradient[place]);
        }
        self.places.clear();
        self.places.extend(self.all[..self.count].iter().map(|factor| factor.place.clone()));
        self.places.extend_from_slice(&self.sound);
        self.places.sort_unstable_by_key(|place| place.start);
        &self.places
    }
}

impl<T: Real> Factor<T> {
    /// Is it sound for sure, and the sum of as many as `parts` such parts, too?
    fn is_sound(&self, parts: usize) -> bool {
        is_sound::<T>(parts as f64 * self.bound)
    }

    fn cols(&self) -> usize {
        match &self.kind {
            Kind::Product(product) => product.cols(),
            Kind::Rows(rows) => rows.cols,
        }
    }

    /// Rows that are best computed together.
    fn rows_at_once(&self) -> usize {
        match &self.kind {
            Kind::Product(product) => product.rows_at_once(),
            Kind::Rows(_) => 1,
        }
    }
}

/// Are sums sound for sure that `bound` is not exceeded by, if they are exact?
pub(super) fn is_sound<T: Real>(bound: f64) -> bool {
    // Twice as much is far more than rounding adds.
    2.0 * bound <= largest_of_many::<T>().wide()
}

/// The gradient of a variable by its factors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factored<'a, T> {
    factors: &'a Factors<T>,
    first: &'a Factor<T>,
}

impl<'a, T: Real> Factored<'a, T> {
    /// Numbers in a block, which is some whole rows of the variable.
    pub(crate) fn block(&self) -> usize {
        let cols = self.first.cols();
        (BLOCK / cols).max(1).next_multiple_of(self.first.rows_at_once()) * cols
    }

    /// Calls `f` with each row that some part of the gradient is for, if those are known: where it is in the variable, and its
    /// gradient. What is left out has a gradient of 0.
    pub(crate) fn each_row(&self, range: Range<usize>, f: &mut dyn FnMut(Range<usize>, &[T])) -> bool {
        let (Kind::Rows(rows), 1) = (&self.first.kind, self.parts().count()) else { return false };
        scratch::elements(rows.cols, |sum: &mut [T]| {
            let mut left = rows.within(range.start / rows.cols..range.end / rows.cols);
            while let Some((row, _)) = rows.order.get(left.start).filter(|_| !left.is_empty()) {
                let (row, mut write) = (*row as usize, Write::Overwrite);
                while left.start < left.end && rows.order[left.start].0 as usize == row {
                    rows.put(left.start, sum, write);
                    (left.start, write) = (left.start + 1, Write::Add);
                }
                f(row * rows.cols..(row + 1) * rows.cols, sum);
            }
        });
        true
    }

    /// Calls `f` with each block of a range of the variable that starts and ends with whole rows, and with its gradient.
    pub(crate) fn each_block(&self, range: Range<usize>, f: &mut dyn FnMut(Range<usize>, &[T])) {
        let block = self.block();
        scratch::elements(block.min(range.len()), |gradient: &mut [T]| {
            for first in range.clone().step_by(block) {
                let numbers = first..range.end.min(first + block);
                let gradient = &mut gradient[..numbers.len()];
                self.compute(numbers.start, gradient);
                f(numbers, gradient);
            }
        });
    }

    /// Writes all of it.
    fn write(&self, threads: &Threads, to: &mut [T]) {
        let block = self.block();
        threads.chunks_mut(to, block, &|index, to| self.compute(index * block, to));
    }

    /// Computes whole rows, of which the first number is `first`.
    fn compute(&self, first: usize, to: &mut [T]) {
        let cols = self.first.cols();
        let rows = first / cols..(first + to.len()) / cols;
        let mut write = Write::Overwrite;
        for part in self.parts() {
            match &part.kind {
                Kind::Product(product) => product.rows(rows.clone(), to, write),
                Kind::Rows(some) => some.rows(rows.clone(), to, write),
            }
            write = Write::Add;
        }
    }

    fn parts(&self) -> impl Iterator<Item = &'a Factor<T>> {
        let Factored { factors, first } = *self;
        factors.all[..factors.count].iter().filter(|factor| factor.place.start == first.place.start)
    }
}

impl<T: Real> Rows<T> {
    /// Copies rows, and gives a number that none of their sums exceeds in size.
    fn take(&mut self, level: Level, ids: &[u32], rows: Matrix<T>) -> f64 {
        let cols = rows.cols;
        self.cols = cols;
        self.order.clear();
        self.order.extend(ids.iter().zip(0..).map(|(id, place)| (*id, place)));
        self.order.sort_unstable();
        let to = self.data.take(rows.data.len());
        let mut sum = 0.0;
        for ((_, place), to) in self.order.iter().zip(to.chunks_exact_mut(cols)) {
            to.copy_from_slice(&rows.data[*place as usize * cols..][..cols]);
            sum += reduce::sizes(level, to).wide();
        }
        sum
    }

    /// The places of some rows of the matrix in the order.
    fn within(&self, rows: Range<usize>) -> Range<usize> {
        let before = |row: usize| self.order.partition_point(|(of, _)| (*of as usize) < row);
        before(rows.start)..before(rows.end)
    }

    /// Writes the row that is at `place` in the order.
    fn put(&self, place: usize, to: &mut [T], write: Write) {
        let row = &self.data.as_slice()[place * self.cols..][..self.cols];
        match write {
            Write::Overwrite => to.copy_from_slice(row),
            Write::Add => to.iter_mut().zip(row).for_each(|(to, value)| *to += *value),
        }
    }

    /// Computes some rows of the matrix.
    fn rows(&self, rows: Range<usize>, to: &mut [T], write: Write) {
        if write == Write::Overwrite {
            to.fill(T::zero());
        }
        for place in self.within(rows.clone()) {
            let row = self.order[place].0 as usize - rows.start;
            self.put(place, &mut to[row * self.cols..][..self.cols], Write::Add);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::{Epilogue, gemm};

    fn numbers(len: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 23) - 1.0
        };
        std::iter::repeat_with(next).take(len).collect()
    }

    /// All blocks of a gradient, one after the other.
    fn blocks(factors: &Factors<f64>, start: usize, len: usize) -> Vec<f64> {
        let mut all = Vec::new();
        factors.of(start).unwrap().each_block(0..len, &mut |range, block| {
            assert_eq!((all.len(), block.len()), (range.start, range.len()));
            all.extend_from_slice(block);
        });
        all
    }

    #[test]
    fn products_of_two_uses_are_added() {
        let (threads, mut factors) = (Threads::new(2), Factors::default());
        let (rows, cols) = (700, 30);
        let mut sum = vec![0.0; rows * cols];
        for (seed, terms) in [(1, 5), (2, 300)] {
            let (x, d) = (numbers(terms * rows, seed), numbers(terms * cols, 10 + seed));
            let (x, d) = (Matrix::new(&x, terms, rows), Matrix::new(&d, terms, cols));
            gemm(&threads, x.transposed(), d, &mut sum, cols, Write::Add, &Epilogue::none());
            assert!(factors.take_product(&threads, 40, seed == 2, x, d));
        }
        assert_eq!(blocks(&factors, 40, rows * cols), sum);
        assert!(factors.of(0).is_none() && factors.of(41).is_none());
        // A part of what has been written is written, too.
        let (x, d) = (numbers(rows, 3), numbers(cols, 4));
        assert!(!factors.take_product(&threads, 0, true, Matrix::new(&x, 1, rows), Matrix::new(&d, 1, cols)));
        factors.clear();
        assert!(factors.of(40).is_none());
    }

    #[test]
    fn rows_of_a_table_are_added_where_they_belong() {
        let (threads, mut factors, cols, len) = (Threads::new(2), Factors::default(), 3, 300 * 3);
        let ids = [7_u32, 299, 0, 7, 120, 7];
        let rows = numbers(ids.len() * cols, 1);
        assert!(factors.take_rows(&threads, 0..len, false, &ids, Matrix::new(&rows, ids.len(), cols)));
        let mut dense = vec![0.0; len];
        for (id, row) in ids.iter().zip(rows.chunks(cols)) {
            dense[*id as usize * cols..][..cols].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        assert_eq!(blocks(&factors, 0, len), dense);
        let mut touched = Vec::new();
        let known = factors.of(0).unwrap().each_row(7 * cols..121 * cols, &mut |range, row| {
            assert_eq!(row, &dense[range.clone()]);
            touched.push(range.start / cols);
        });
        assert!(known);
        assert_eq!(touched, [7, 120]);
        // Of two readers together nobody knows which rows they are.
        assert!(factors.take_rows(&threads, 0..len, true, &ids, Matrix::new(&rows, ids.len(), cols)));
        assert!(!factors.of(0).unwrap().each_row(0..len, &mut |_, _| unreachable!()));
        assert_eq!(blocks(&factors, 0, len), dense.iter().map(|value| value + value).collect::<Vec<_>>());
    }

    #[test]
    fn what_may_not_be_finite_is_written_out() {
        let (threads, mut factors) = (Threads::new(2), Factors::default());
        let (fine, large) = (numbers(40, 1), vec![1e200; 40]);
        let mut gradient = vec![f64::NAN; 3 * 1600];
        for (start, x) in [(3200, &fine), (1600, &large), (0, &fine)] {
            let x = Matrix::new(x, 1, 40);
            assert!(factors.take_product(&threads, start, false, x, x));
        }
        let left = factors.write_doubtful(&threads, &mut gradient).to_vec();
        assert_eq!(left, [0..1600, 3200..4800]);
        assert!(gradient[1600..3200].iter().all(|value| *value == f64::INFINITY));
        assert!(factors.of(1600).is_none() && factors.of(3200).is_some());
    }

    #[test]
    fn what_was_looked_at_need_not_be_looked_at_again() {
        let (threads, mut factors) = (Threads::new(2), Factors::<f32>::default());
        for (place, is_sound) in [(60..90, true), (20..30, false), (0..10, true), (60..90, false), (20..30, true)] {
            factors.note(place, is_sound);
        }
        assert!([0, 20, 60].into_iter().all(|start| factors.of(start).is_none()), "nothing is to be made of factors");
        let known = factors.write_doubtful(&threads, &mut [f32::NAN; 90]).to_vec();
        assert_eq!(known, [0..10, 20..30], "the last look counts");
    }

    #[test]
    fn what_is_added_to_is_written_out_and_no_longer_known() {
        let (threads, mut factors) = (Threads::new(2), Factors::default());
        let (rows, cols) = (40, 20);
        let (x, d) = (numbers(2 * rows, 1), numbers(2 * cols, 2));
        let (x, d) = (Matrix::new(&x, 2, rows), Matrix::new(&d, 2, cols));
        for start in [1600, 800, 0] {
            assert!(factors.take_product(&threads, start, false, x, d));
        }
        factors.note(2400..2410, true);
        let mut expected = vec![0.0; rows * cols];
        gemm(&threads, x.transposed(), d, &mut expected, cols, Write::Overwrite, &Epilogue::none());
        let mut written = vec![f64::NAN; 810];
        factors.write(&threads, 1600..2410, &mut written);
        assert_eq!(written[..800], expected);
        assert!(written[800..].iter().all(|value| value.is_nan()));
        assert_eq!(factors.write_doubtful(&threads, &mut []), [0..800, 800..1600]);
        assert!(factors.of(1600).is_none() && factors.of(800).is_some());
    }
}

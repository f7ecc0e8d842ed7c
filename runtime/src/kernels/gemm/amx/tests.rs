use super::super::operands::{Block, Right, Start};
use super::super::panel::Panels;
use super::super::tests::{assert_close, numbers};
use super::super::tile::Gathered;
use super::super::{Matrix, multiply};
use super::product::{product, product_of_strips};
use super::{DEPTH, LINES, STRETCH, Side, Way, is_available, is_worth, strip_end};
use crate::Threads;
use crate::kernels::Level;

/// A left operand with its numbers one by one: `terms[i]` of each of `rows` are these places of the data.
struct Left {
    data: Vec<f32>,
    rows: Vec<usize>,
    segments: Vec<usize>,
    run: usize,
    step: usize,
}

impl Left {
    /// Rows of terms side by side, or columns.
    fn plain(m: usize, k: usize, is_across: bool) -> Left {
        let (apart, step) = if is_across { (1, m) } else { (k, 1) };
        Left { data: numbers(m * k, 1), rows: (0..m).map(|row| row * apart).collect(), segments: vec![0], run: k, step }
    }

    /// Rows whose terms lie in runs.
    fn in_runs(m: usize, runs: usize, run: usize, step: usize) -> Left {
        let segments: Vec<usize> = (0..runs).map(|index| index * (run * step + 5)).collect();
        let rows: Vec<usize> = (0..m).map(|row| 3 * row % 41 + row / 41).collect();
        Left { data: numbers(m + 41 + (run * step + 5) * runs, 1), rows, segments, run, step }
    }

    fn gathered(&self) -> Gathered<'_, f32> {
        Gathered::new(&self.data, &self.rows, &self.segments, self.run, self.step)
    }

    fn terms(&self) -> usize {
        self.segments.len() * self.run
    }

    fn at(&self, row: usize, term: usize) -> f32 {
        self.data[self.rows[row] + self.segments[term / self.run] + term % self.run * self.step]
    }
}

/// Products of a left operand with `n` columns in all forms, from all starts.
fn check(left: &Left, n: usize) {
    let (m, k) = (left.rows.len(), left.terms());
    let (values, bias, former) = (numbers::<f32>(k * n, 2), numbers::<f32>(n, 3), numbers::<f32>(m * (n + 3), 4));
    let threads = Threads::new(2);
    for is_across in [false, true] {
        let right = Matrix::new(&values, if is_across { n } else { k }, if is_across { k } else { n });
        let right = if is_across { right.transposed() } else { right };
        let mut panels = Panels::default();
        panels.pack(&threads, Level::Amx, right);
        let term = |col: usize, term: usize| right.data[term * right.row_stride + col * right.col_stride];
        for (start, relu) in
            [(Start::Zero, false), (Start::Row(&bias), true), (Start::Destination, false), (Start::Destination, true)]
        {
            let stride = n + 3;
            let mut expected: Vec<f64> = former.iter().map(|value| f64::from(*value)).collect();
            for row in 0..m {
                for col in 0..n {
                    let to = &mut expected[row * stride + col];
                    let first = match start {
                        Start::Zero => 0.0,
                        Start::Row(row) => f64::from(row[col]),
                        Start::Destination => *to,
                    };
                    let of = |index: usize| f64::from(left.at(row, index)) * f64::from(term(col, index));
                    *to = first + (0..k).map(of).sum::<f64>();
                    if relu {
                        *to = to.max(0.0);
                    }
                }
            }
            let mut bits = None;
            for right in [Right::Tiles(right), Right::from(&panels)] {
                let mut to = former.clone();
                product(&left.gathered(), right, &mut Block::new(&mut to, m, n, stride), start, relu);
                assert_close(&to, &expected, k, &format!("{m} x {n} x {k}, {is_across}"));
                assert!(*bits.get_or_insert_with(|| to.clone()) == to, "{m} x {n} x {k}: packed before, {is_across}");
            }
        }
    }
}

#[test]
fn products_of_many_shapes() {
    if !is_available() {
        return;
    }
    for (m, n, k) in [(1, 1, 1), (2, 17, 3), (15, 16, 32), (16, 64, 33), (17, 70, 64), (33, 15, 31), (50, 100, 96)] {
        check(&Left::plain(m, k, false), n);
        check(&Left::plain(m, k, true), n);
    }
    // Several stretches of terms, and more columns than are packed together.
    check(&Left::plain(20, 2 * STRETCH + 7, false), 40);
    check(&Left::plain(3, STRETCH, true), 300);
}

#[test]
fn products_of_terms_in_runs() {
    if !is_available() {
        return;
    }
    for (runs, run, step) in [(1, 40, 2), (3, 5, 1), (3, 32, 1), (2, 48, 1), (7, 9, 2), (4, 64, 3), (40, 1, 1)] {
        check(&Left::in_runs(21, runs, run, step), 35);
    }
}

#[test]
fn a_row_is_the_same_alone_and_among_others() {
    if !is_available() {
        return;
    }
    let (m, n, k) = (70, 90, 100);
    let (left, values) = (Left::plain(m, k, false), numbers::<f32>(k * n, 2));
    let right = Right::Tiles(Matrix::new(&values, k, n));
    let rows = |first: usize, count: usize| {
        let mut to = vec![f32::NAN; count * n];
        let rows = &left.rows[first..first + count];
        let left = Gathered::new(&left.data, rows, &left.segments, left.run, left.step);
        multiply(Level::Amx, &left, right, &mut Block::new(&mut to, count, n, n), Start::Zero);
        to
    };
    let whole = rows(0, m);
    for (first, count) in [(0, 1), (5, 16), (7, 17), (31, 32), (3, 48), (69, 1)] {
        assert!(rows(first, count) == whole[first * n..(first + count) * n], "{count} rows from {first} on");
    }
    // And so is a column.
    for (first, count) in [(0, 1), (16, 5), (32, 32), (48, 42)] {
        let mut to = vec![f32::NAN; m * count];
        let part = right.columns(first, count);
        product(&left.gathered(), part, &mut Block::new(&mut to, m, count, count), Start::Zero, false);
        for (part, row) in to.chunks(count).zip(whole.chunks(n)) {
            assert!(part == &row[first..first + count], "{count} columns from {first} on");
        }
    }
}

#[test]
fn packed_operands_give_any_of_their_rows() {
    if !is_available() {
        return;
    }
    let (threads, m, n, k) = (Threads::new(2), 75, 50, 70);
    let (left, right) = (numbers::<f32>(k * m, 1), numbers::<f32>(k * n, 2));
    let (left, right) = (Matrix::new(&left, k, m), Matrix::new(&right, k, n));
    let [mut lefts, mut rights] = [Panels::default(), Panels::default()];
    lefts.pack_with(&threads, (Level::Amx, Side::Left), left, &|_| ());
    rights.pack(&threads, Level::Amx, right);
    let mut whole = vec![f32::NAN; m * n];
    let offsets: Vec<usize> = (0..m).collect();
    let gathered = Gathered::new(left.data, &offsets, &[0], k, m);
    product(&gathered, Right::Tiles(right), &mut Block::new(&mut whole, m, n, n), Start::Zero, false);
    for (first, count) in [(0, 75), (3, 20), (15, 1), (16, 32), (40, 35)] {
        let strips = &lefts.data()[first / LINES * lefts.panel_len()..];
        let mut to = vec![f32::NAN; count * n];
        let mut block = Block::new(&mut to, count, n, n);
        product_of_strips(strips, first % LINES, rights.part(), &mut block, Start::Zero);
        assert!(to == whole[first * n..(first + count) * n], "{count} rows from {first} on");
    }
}

#[test]
fn terms_of_panels_are_taken_in_whole_steps() {
    if !is_available() {
        return;
    }
    let (m, n, k, first) = (20, 40, 100, 2 * DEPTH);
    let (left, values) = (Left::plain(m, k - first, false), numbers::<f32>(k * n, 2));
    let right = Matrix::new(&values, k, n);
    let mut panels = Panels::default();
    panels.pack(&Threads::new(1), Level::Amx, right);
    let both = [Right::from(&panels), Right::Tiles(right)].map(|right| {
        let mut to = vec![f32::NAN; m * 24];
        let right = right.lines(first, k - first).columns(16, 24);
        product(&left.gathered(), right, &mut Block::new(&mut to, m, 24, 24), Start::Zero, false);
        to
    });
    assert!(both[0] == both[1] && both[0].iter().all(|value| value.is_finite()));
    assert_eq!(strip_end(first), 2 * 3 * LINES * DEPTH / 2);
}

/// One product of one term, by tiles.
fn times(a: f32, b: f32) -> f32 {
    let mut to = [f32::NAN];
    let (left, right) = (Gathered::new(std::slice::from_ref(&a), &[0], &[0], 1, 1), [b]);
    product(&left, Right::Tiles(Matrix::new(&right, 1, 1)), &mut Block::new(&mut to, 1, 1, 1), Start::Zero, false);
    to[0]
}

#[test]
fn numbers_keep_all_their_digits() {
    if !is_available() {
        return;
    }
    for number in numbers::<f32>(2000, 7) {
        for scale in [1.0, 3e37, 1e-25] {
            let number = number * scale;
            assert!(times(number, 1.0) == number && times(-2.0, number) == -2.0 * number, "{number:e}");
        }
    }
    for (a, b) in numbers::<f32>(2000, 8).into_iter().zip(numbers::<f32>(2000, 9)) {
        let exact = f64::from(a) * f64::from(b);
        let error = (f64::from(times(a, b)) - exact).abs() / exact.abs();
        // Half a unit of the last place for rounding, and what is left out.
        assert!(error <= 0.5_f64.powi(24) + 0.5_f64.powi(21), "{a:e} times {b:e}: {error:e}");
    }
}

#[test]
fn what_is_not_finite_does_not_become_so() {
    if !is_available() {
        return;
    }
    for (a, b) in [(f32::NAN, 1.0), (f32::INFINITY, 2.0), (1.0, f32::NEG_INFINITY), (f32::MAX, 2.0), (-3e38, 1e3)] {
        assert!(!times(a, b).is_finite() && !times(b, a).is_finite(), "{a} times {b}");
    }
    assert_eq!(times(f32::MAX, 1.0), f32::MAX);
    assert_eq!(times(f32::MIN_POSITIVE / 2.0, 4.0), 0.0);
}

#[test]
fn tiles_are_for_products_that_are_worth_packing() {
    use Way::{Across, Kept, Straight};
    assert!(is_worth([32, 128, 784], [Straight, Kept]) && !is_worth([32, 128, 784], [Straight, Straight]));
    assert!(is_worth([2048, 128, 64], [Straight, Straight]) && !is_worth([2048, 128, 64], [Across, Across]));
    assert!(!is_worth([1, 1000, 1000], [Straight, Kept]) && !is_worth([1000, 10, 1000], [Straight, Kept]));
    assert!(!is_worth([1000, 1000, 10], [Straight, Kept]) && !is_worth([0, 0, 0], [Kept, Kept]));
}

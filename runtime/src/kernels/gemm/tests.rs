use super::*;
use crate::kernels::Level;

/// Numbers between -1 and 1 that repeat after a long time only.
pub(in crate::kernels) fn numbers<T: Real>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        T::of((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0)
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Panics unless the values are close to the expected ones, for sums of about `terms` numbers below 1.
#[track_caller]
pub(in crate::kernels) fn assert_close<T: Real>(actual: &[T], expected: &[f64], terms: usize, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let tolerance = T::epsilon().wide() * 2.0 * (terms as f64 + 4.0);
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual.wide() - expected).abs();
        assert!(error <= tolerance * expected.abs().max(1.0), "{what}, element {index}: {actual}, not {expected}");
    }
}

fn reference<T: Real>(a: Matrix<T>, b: Matrix<T>, row: usize, col: usize) -> f64 {
    let term = |k: usize| {
        let left = a.data[row * a.row_stride + k * a.col_stride].wide();
        left * b.data[k * b.row_stride + col * b.col_stride].wide()
    };
    (0..a.cols).map(term).sum()
}

/// A matrix stored by rows or by columns.
fn operand<T>(data: &[T], rows: usize, cols: usize, transposed: bool) -> Matrix<'_, T> {
    if transposed { Matrix::new(data, cols, rows).transposed() } else { Matrix::new(data, rows, cols) }
}

/// What is below 0 becomes 0, which a product may do in registers.
struct Rectify;

impl<T: Real> Activate<T> for Rectify {
    fn apply(&self, run: &mut [T]) {
        run.iter_mut().filter(|value| **value < T::zero()).for_each(|value| *value = T::zero());
    }

    fn is_relu(&self) -> bool {
        true
    }
}

fn check<T: Real>(threads: &[Threads], m: usize, n: usize, k: usize) {
    let (left, right) = (numbers::<T>(m * k, 1), numbers::<T>(k * n, 2));
    let (bias, former) = (numbers::<T>(n, 3), numbers::<T>(m * (n + 3), 4));
    let halve = |run: &mut [T]| run.iter_mut().for_each(|value| *value *= T::of(0.5));
    for case in 0..16 {
        let (a, b) = (operand(&left, m, k, case & 1 > 0), operand(&right, k, n, case & 2 > 0));
        let write = if case & 4 > 0 { Write::Add } else { Write::Overwrite };
        let epilogue =
            if case & 8 > 0 { Epilogue { bias: Some(&bias), activate: Some(&halve) } } else { Epilogue::none() };
        let ldc = n + if case & 1 > 0 { 3 } else { 0 };
        let mut expected: Vec<f64> = former[..m * ldc].iter().map(|value| value.wide()).collect();
        for (row, line) in expected.chunks_mut(ldc.max(1)).enumerate() {
            for (col, value) in line[..n].iter_mut().enumerate() {
                let former = if case & 4 > 0 { *value } else { 0.0 };
                let sum = former + reference(a, b, row, col);
                *value = if case & 8 > 0 { (sum + bias[col].wide()) * 0.5 } else { sum };
            }
        }
        let mut bits: Option<(Level, Vec<T>)> = None;
        for threads in threads {
            let mut c = former[..m * ldc].to_vec();
            gemm(threads, a, b, &mut c, ldc, write, &epilogue);
            let what = format!("{m}x{n}x{k} case {case} {} {:?}", T::NAME, threads.level());
            assert_close(&c, &expected, k, &what);
            if case & 8 > 0 {
                let mut c = former[..m * ldc].to_vec();
                let epilogue = Epilogue { bias: Some(&bias), activate: Some(&Rectify) };
                gemm(threads, a, b, &mut c, ldc, write, &epilogue);
                let rectified = c.chunks(ldc.max(1)).zip(expected.chunks(ldc.max(1)));
                for (line, expected) in rectified {
                    let expected: Vec<f64> = expected[..n].iter().map(|value| (2.0 * value).max(0.0)).collect();
                    assert_close(&line[..n], &expected, k, &what);
                }
            }
            match &bits {
                Some((level, bits)) if *level == threads.level() => assert!(*bits == c, "{what}: threads change bits"),
                _ => bits = Some((threads.level(), c)),
            }
        }
    }
}

/// Each level with 1, 2 and 3 threads.
pub(in crate::kernels) fn pools() -> Vec<Threads> {
    let pool = |level| (1..4).map(move |count| Threads::new(count).with_level(level));
    Level::available().flat_map(pool).collect()
}

#[test]
fn products_of_many_shapes() {
    let threads = pools();
    let shapes = [
        (0, 3, 2),
        (3, 0, 2),
        (3, 2, 0),
        (1, 1, 1),
        (1, 10, 7),
        (1, 128, 33),
        (1, 300, 17),
        (1, 10, 700),
        (1, 37, 5),
        (2, 70, 5),
        (3, 65, 40),
        (4, 16, 16),
        (5, 31, 8),
        (7, 33, 9),
        (12, 32, 100),
        (13, 40, 321),
        (32, 10, 128),
        (25, 17, 700),
        (49, 50, 51),
        (60, 64, 90),
        (97, 5, 31),
    ];
    for (m, n, k) in shapes {
        check::<f32>(&threads, m, n, k);
        check::<f64>(&threads, m, n, k);
    }
}

#[test]
fn products_of_one_row() {
    let threads = pools();
    for n in [1, 6, 15, 33, 48, 50, 65, 81, 97, 113, 128, 129, 192, 200, 260] {
        for k in [3, 37] {
            check::<f32>(&threads, 1, n, k);
            check::<f64>(&threads, 1, n, k);
        }
    }
}

fn check_rows_of_one_column<T: Real>(threads: &Threads, m: usize, k: usize) {
    let (left, column, bias) = (numbers::<T>(m * k, 1), numbers::<T>(k, 2), [T::of(0.5)]);
    let product = |first: usize, rows: usize| {
        let a = Matrix::new(&left[first * k..][..rows * k], rows, k);
        let mut c = vec![T::of(f64::NAN); rows];
        let epilogue = Epilogue { bias: Some(&bias), activate: None };
        gemm(threads, a, Matrix::new(&column, k, 1), &mut c, 1, Write::Overwrite, &epilogue);
        c
    };
    let whole = product(0, m);
    for rows in [1, 2, 3, 5, 7] {
        for first in [0, m - rows] {
            assert_eq!(product(first, rows), whole[first..][..rows], "{rows} of {m}x{k} {:?}", threads.level());
        }
    }
}

#[test]
fn a_row_times_a_column_is_the_same_alone_and_among_others() {
    for threads in pools() {
        for (m, k) in [(8, 0), (300, 1), (10, 3), (32, 64), (7, 100), (300, 33), (8, 70_000)] {
            check_rows_of_one_column::<f32>(&threads, m, k);
            check_rows_of_one_column::<f64>(&threads, m, k);
        }
    }
}

#[test]
fn products_large_enough_for_several_tasks() {
    let threads = pools();
    for (m, n, k) in [
        (150, 130, 140),
        (9, 20, 13_000),
        (600, 33, 120),
        (1, 700, 3100),
        (900, 1, 500),
        (32, 100, 700),
        (45, 100, 900),
        (130, 300, 310),
    ] {
        check::<f32>(&threads, m, n, k);
    }
    check::<f64>(&threads, 9, 10, 24_000);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let sizes = [
        (49, 256, 256),
        (73, 200, 300),
        (97, 64, 512),
        (37, 1000, 64),
        (1025, 64, 32),
        (32, 128, 784),
        (30, 100, 640),
        (60, 70, 2000),
        (600, 300, 300),
        (121, 700, 400),
        (300, 40, 2000),
    ];
    for ((m, n, k), turned) in sizes.into_iter().flat_map(|size| [(size, false), (size, true)]) {
        let (a, b) = (numbers::<f32>(m * k, 1), numbers::<f32>(k * n, 2));
        let product = |count: usize| {
            let a = if turned { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let (b, mut c) = (Matrix::new(&b, k, n), vec![0.0; m * n]);
            gemm(&Threads::new(count), a, b, &mut c, n, Write::Overwrite, &Epilogue::none());
            c
        };
        let alone = product(1);
        for count in 2..10 {
            assert!(product(count) == alone, "{m} x {n} x {k}, turned: {turned}, on {count} threads");
        }
    }
}

#[test]
fn nan_and_infinity_are_not_hidden_by_zeros() {
    for threads in pools() {
        for rows in [1, 2, 5, 60] {
            let mut a = vec![0.0_f32; rows * 20];
            a[3] = 1.0;
            let mut b = vec![0.0; 20 * 40];
            (b[7], b[40 * 4 + 8], b[40 * 3 + 9]) = (f32::NAN, f32::INFINITY, f32::INFINITY);
            let mut c = vec![f32::NAN; rows * 40];
            let (a, b) = (Matrix::new(&a, rows, 20), Matrix::new(&b, 20, 40));
            gemm(&threads, a, b, &mut c, 40, Write::Overwrite, &Epilogue::none());
            let is_large = c[9] == f32::INFINITY || (threads.level() == Level::Amx && c[9].is_nan());
            assert!(c[7].is_nan() && c[8].is_nan() && is_large && c[10] == 0.0);
        }
    }
}

#[test]
#[should_panic(expected = "reaches beyond its data")]
fn a_matrix_must_lie_within_its_data() {
    let a = Matrix { data: &[1.0_f32; 5], rows: 2, cols: 3, row_stride: 3, col_stride: 1 };
    let b = Matrix::new(&[1.0; 3], 3, 1);
    gemm(&Threads::new(1), a, b, &mut [0.0; 2], 1, Write::Overwrite, &Epilogue::none());
}

#[test]
fn a_relu_keeps_nan() {
    for threads in pools() {
        for m in [1, 5, 60] {
            let (mut a, b) = (vec![1.0_f32; m * 3], vec![-1.0_f32; 3 * 40]);
            a[3 * (m - 1)] = f32::NAN;
            let mut c = vec![0.0; m * 40];
            let epilogue = Epilogue { bias: None, activate: Some(&Rectify) };
            let (a, b) = (Matrix::new(&a, m, 3), Matrix::new(&b, 3, 40));
            gemm(&threads, a, b, &mut c, 40, Write::Overwrite, &epilogue);
            let (numbers, missing) = c.split_at((m - 1) * 40);
            assert!(numbers.iter().all(|value| *value == 0.0) && missing.iter().all(|value| value.is_nan()));
        }
    }
}

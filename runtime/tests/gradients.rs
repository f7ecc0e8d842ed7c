//! The gradient of every loss against finite differences, in double precision.

use formwork::View;
use formwork::train::*;
use formwork_shape::Shape;
use proptest::prelude::*;

const STEP: f64 = 1e-6;

#[derive(Debug)]
struct Batch {
    shape: Shape,
    rows: usize,
    y: Vec<f64>,
    numbers: Vec<f64>,
    ids: Vec<u32>,
    weights: Vec<f64>,
}

impl Batch {
    fn compare<R>(
        &self,
        y: &[f64],
        takes: Takes,
        gradient: Option<&mut [f64]>,
        f: impl FnOnce(Comparison<'_, f64>) -> R,
    ) -> R {
        let rank = self.shape.rank();
        let target = match takes {
            Takes::ClassIds => View::ids(&self.ids, self.rows, Shape::new(&self.shape.dims()[..rank - 1])),
            _ => View::numbers(&self.numbers, self.rows, self.shape),
        };
        let output = View::numbers(y, self.rows, self.shape);
        f(Comparison { output, target, sample_weights: Some(&self.weights), mask: None, gradient })
    }
}

/// The gradient is the slope of the loss.
fn check_slopes(batch: &Batch, loss: &dyn Loss<f64>) {
    let takes = loss.takes();
    let mut gradient = vec![f64::NAN; batch.y.len()];
    batch.compare(&batch.y, takes, Some(&mut gradient), |c| loss.compute(c));
    let weight = loss.weight();
    for i in 0..batch.y.len() {
        let at = |d: f64| {
            let mut y = batch.y.clone();
            y[i] += d;
            batch.compare(&y, takes, None, |c| loss.compute(c))
        };
        let slope = weight * (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let name = loss.name();
        assert!((gradient[i] - slope).abs() <= 1e-5 + 1e-3 * slope.abs(), "{name}: {} is not {slope}", gradient[i]);
    }
}

/// The gradient is the slope of the loss; the loss is the sum of what `each` says, times the scale of the reduction.
fn check(batch: &Batch, loss: &dyn Loss<f64>) {
    check_slopes(batch, loss);
    let takes = loss.takes();
    let width = batch.shape.last();
    let mut each = vec![0.0; batch.y.len() / width];
    batch.compare(&batch.y, takes, None, |c| loss.each(c, &mut each));
    let sum: f64 = each.iter().sum();
    let whole = batch.compare(&batch.y, takes, None, |c| loss.compute(c));
    assert!((whole - sum / each.len() as f64).abs() < 1e-9, "{}: {whole} of {sum}", loss.name());
}

fn batches() -> impl Strategy<Value = Batch> {
    (1_usize..4, 1_usize..4, 2_usize..5, any::<bool>(), any::<u64>()).prop_map(|(rows, length, width, map, seed)| {
        let shape = if map { Shape::new(&[length, width]) } else { Shape::new(&[width]) };
        let mut random = formwork::random::Random::new(seed, formwork::random::Purpose::Shuffle, 0);
        let count = rows * shape.size();
        Batch {
            shape,
            rows,
            y: (0..count).map(|_| random.uniform(0.05, 0.95)).collect(),
            numbers: (0..count).map(|_| random.uniform(0.05, 0.95)).collect(),
            ids: (0..count / width).map(|_| random.below(width) as u32).collect(),
            weights: (0..rows).map(|_| random.uniform(0.0, 2.0)).collect(),
        }
    })
}

/// Keeps outputs off the kinks, where a loss has no slope.
fn off_kinks(batch: &Batch) -> bool {
    batch.y.iter().zip(&batch.numbers).all(|(y, t)| (y - t).abs() > 1e-4 && (1.0 - y * t).abs() > 1e-4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn gradients_are_slopes(batch in batches().prop_filter("off kinks", off_kinks)) {
        let losses: [&dyn Loss<f64>; 19] = [
            &MeanSquaredError::new().weight(0.3),
            &MeanAbsoluteError::new(),
            &MeanAbsolutePercentageError::new(),
            &MeanSquaredLogarithmicError::new(),
            &Huber::new().delta(0.2),
            &LogCosh::new(),
            &CosineSimilarity::new(),
            &KLDivergence::new(),
            &Poisson::new(),
            &Hinge::new(),
            &SquaredHinge::new(),
            &BinaryCrossentropy::new().label_smoothing(0.1),
            &BinaryCrossentropy::from_logits().label_smoothing(0.1),
            &BinaryFocalCrossentropy::new().alpha(0.25),
            &BinaryFocalCrossentropy::from_logits().gamma(1.5),
            &CategoricalCrossentropy::new().label_smoothing(0.2).weight(2.0),
            &CategoricalCrossentropy::from_logits(),
            &CategoricalFocalCrossentropy::new().label_smoothing(0.1),
            &SparseCategoricalCrossentropy::new(),
        ];
        for loss in losses {
            check(&batch, loss);
        }
        check(&batch, &SparseCategoricalCrossentropy::from_logits().weight(0.5));
    }

    #[test]
    fn the_hinge_between_classes(mut batch in batches()) {
        let width = batch.shape.last();
        for (row, id) in batch.numbers.chunks_mut(width).zip(&batch.ids) {
            row.iter_mut().enumerate().for_each(|(i, t)| *t = f64::from(i == *id as usize));
        }
        check(&batch, &CategoricalHinge::new());
    }
}

fn uniform(seed: u64, count: usize) -> Vec<f64> {
    let mut random = formwork::random::Random::new(seed, formwork::random::Purpose::Shuffle, 0);
    (0..count).map(|_| random.uniform(0.05, 0.95)).collect()
}

#[test]
fn gradients_along_any_axis() {
    let batch = Batch {
        shape: Shape::new(&[3, 4]),
        rows: 2,
        y: uniform(1, 24),
        numbers: uniform(2, 24),
        ids: Vec::new(),
        weights: vec![0.5, 2.0],
    };
    for axis in [1, 2, -1, -2] {
        let losses: [&dyn Loss<f64>; 8] = [
            &BinaryCrossentropy::new().axis(axis),
            &BinaryFocalCrossentropy::from_logits().axis(axis),
            &CategoricalCrossentropy::new().axis(axis).label_smoothing(0.1),
            &CategoricalCrossentropy::from_logits().axis(axis),
            &CategoricalFocalCrossentropy::new().axis(axis).alpha([0.1, 0.7, 0.3, 0.4]),
            &CategoricalFocalCrossentropy::from_logits().axis(axis),
            &CosineSimilarity::new().axis(axis),
            &Dice::new().axis(axis),
        ];
        losses.into_iter().for_each(|loss| check_slopes(&batch, loss));
    }
    for axes in [vec![1, 2], vec![0], vec![0, 2], vec![0, 1, 2], vec![-1]] {
        check_slopes(&batch, &Dice::new().axis(axes.clone()));
        check_slopes(&batch, &Tversky::new().alpha(0.3).axis(axes));
    }
}

#[test]
fn class_ids_along_another_axis_are_those_along_the_last() {
    let (y, weights) = (uniform(1, 24), [0.5, 2.0]);
    let ids = [0, 2, 1, 0, 2, 2, 1, 1];
    let turned: Vec<f64> = (0..24).map(|at| y[at / 12 * 12 + at % 3 * 4 + at % 12 / 3]).collect();
    let mut gradients = [vec![0.0; 24], vec![0.0; 24]];
    let [first, last] = &mut gradients;
    let compute = |y: &[f64], shape: [usize; 2], axis: i32, gradient: &mut [f64]| {
        SparseCategoricalCrossentropy::new().axis(axis).ignore_class(0).compute(Comparison {
            output: View::numbers(y, 2, Shape::new(&shape)),
            target: View::ids(&ids, 2, Shape::new(&[4])),
            sample_weights: Some(&weights),
            mask: None,
            gradient: Some(gradient),
        })
    };
    let losses = (compute(&y, [3, 4], 1, first), compute(&turned, [4, 3], -1, last));
    assert_eq!(losses.0, losses.1);
    assert!((0..24).all(|at| gradients[1][at] == gradients[0][at / 12 * 12 + at % 3 * 4 + at % 12 / 3]));
}

#[test]
fn gradients_of_labels_without_places() {
    let ids = vec![1, 2, 2, 3, 0, 0, 2, 1, 0];
    let (rows, shape, weights) = (3, Shape::new(&[6, 4]), vec![1.0, 0.5, 2.0]);
    let y: Vec<f64> = uniform(5, 72).iter().map(|y| 4.0 * y).collect();
    let loss = CTC::new();
    let compute = |y: &[f64], gradient: Option<&mut [f64]>| {
        let (output, target) = (View::numbers(y, rows, shape), View::ids(&ids, rows, Shape::new(&[3])));
        loss.compute(Comparison { output, target, sample_weights: Some(&weights), mask: None, gradient })
    };
    let mut gradient = vec![f64::NAN; y.len()];
    compute(&y, Some(&mut gradient));
    for i in 0..y.len() {
        let at = |d: f64| {
            let mut y = y.clone();
            y[i] += d;
            compute(&y, None)
        };
        let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        assert!((gradient[i] - slope).abs() < 1e-6, "{} is not {slope}", gradient[i]);
    }
}

#[test]
fn the_labels_of_all_ways_are_summed() {
    // Two steps spell `1` in three ways: 1 1, 1 blank, blank 1.
    let y: Vec<f64> = [0.2_f64, 0.8, 0.6, 0.4].iter().map(|p| p.ln()).collect();
    let (output, target) = (View::numbers(&y, 1, Shape::new(&[2, 2])), View::ids(&[1], 1, Shape::new(&[1])));
    let batch = Comparison { output, target, sample_weights: None, mask: None, gradient: None };
    let expected = -(0.8_f64 * 0.4 + 0.8 * 0.6 + 0.2 * 0.4).ln();
    assert!((CTC::new().compute(batch) - expected).abs() < 1e-12);
    // Two of one label need a blank between them, for which two steps are too few.
    let target = View::ids(&[1, 1], 1, Shape::new(&[2]));
    let batch = Comparison { output, target, sample_weights: None, mask: None, gradient: None };
    assert_eq!(CTC::new().compute(batch), f64::INFINITY);
}

#[test]
fn gradients_between_embeddings() {
    let mut y = uniform(3, 24);
    for row in y.chunks_mut(4) {
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter_mut().for_each(|x| *x /= length);
    }
    let ids = vec![0, 1, 0, 2, 1, 0];
    let weights = vec![1.0, 0.5, 2.0, 1.0, 0.3, 1.0];
    let batch = Batch { shape: Shape::new(&[4]), rows: 6, y, numbers: Vec::new(), ids, weights };
    check_slopes(&batch, &Circle::new().gamma(8.0).margin(0.2));
    check_slopes(&batch, &Circle::new().gamma(4.0).reduction(Reduction::Sum).weight(0.5));
}

#[test]
fn large_logits_stay_finite() {
    let shape = Shape::new(&[3]);
    let y = [800.0_f32, -900.0, 0.0];
    let mut gradient = [0.0; 3];
    let output = View::numbers(&y, 1, shape);
    let target = View::ids(&[1], 1, Shape::new(&[]));
    let batch = Comparison { output, target, sample_weights: None, mask: None, gradient: Some(&mut gradient) };
    assert_eq!(SparseCategoricalCrossentropy::from_logits().compute(batch), 1700.0);
    assert_eq!(gradient, [1.0, -1.0, 0.0]);
    let target = View::numbers(&[0.0, 1.0, 1.0], 1, shape);
    let batch = Comparison { output, target, sample_weights: None, mask: None, gradient: Some(&mut gradient) };
    let loss = BinaryCrossentropy::from_logits().compute(batch);
    assert!((loss - (800.0 + 900.0 + 2.0_f64.ln()) / 3.0).abs() < 1e-3, "{loss}");
}

#[test]
fn a_nan_output_is_a_nan_loss() {
    let y = [f32::NAN, 0.5];
    let (shape, sparse) = (Shape::new(&[2]), Shape::new(&[]));
    let losses: [&dyn Loss<f32>; 8] = [
        &MeanSquaredError::new(),
        &CTC::new(),
        &BinaryCrossentropy::new(),
        &CategoricalCrossentropy::new(),
        &SparseCategoricalCrossentropy::new(),
        &SparseCategoricalCrossentropy::from_logits(),
        &KLDivergence::new(),
        &Hinge::new(),
    ];
    for loss in losses {
        let target = match loss.takes() {
            Takes::ClassIds => View::ids(&[1], 1, sparse),
            _ => View::numbers(&[1.0, 0.0], 1, shape),
        };
        let output = View::numbers(&y, 1, shape);
        let batch = Comparison { output, target, sample_weights: None, mask: None, gradient: None };
        assert!(loss.compute(batch).is_nan(), "{}", loss.name());
    }
}

#[test]
fn sums_are_the_same_bits_for_any_number_of_threads() {
    // Large enough for several parts: with one thread or many, the parts are the same.
    let shape = Shape::new(&[10]);
    let y: Vec<f32> = (0..40_000).map(|i| ((i * 37) % 101) as f32 / 101.0).collect();
    let t: Vec<f32> = y.iter().rev().copied().collect();
    let mut gradient = vec![0.0; y.len()];
    let compute = |gradient: Option<&mut [f32]>| {
        let (output, target) = (View::numbers(&y, 4_000, shape), View::numbers(&t, 4_000, shape));
        MeanSquaredError::new().compute(Comparison { output, target, sample_weights: None, mask: None, gradient })
    };
    let first = compute(Some(&mut gradient));
    let inside = std::sync::Mutex::new(0.0);
    // Inside a task everything runs on one thread.
    formwork::Threads::global().run(2, &|index| {
        if index == 0 {
            let (output, target) = (View::numbers(&y, 4_000, shape), View::numbers(&t, 4_000, shape));
            let batch = Comparison { output, target, sample_weights: None, mask: None, gradient: None };
            *inside.lock().unwrap() = MeanSquaredError::new().compute(batch);
        }
    });
    assert_eq!(first.to_bits(), inside.lock().unwrap().to_bits());
}

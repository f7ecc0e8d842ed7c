//! Data sets: what they yield, in which order, and how they end when something fails.

mod tiny;

use std::sync::atomic::{AtomicUsize, Ordering};

use formwork::data::Sample;
use formwork::prelude::*;
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;
use tiny::{Tiny, TinyInputs, TinySample, TinyTarget, TinyTargets};

type Labelled = (TinySample, TinyTarget<u8>);

/// Sample `n` holds `n` as its first number.
fn sample(n: usize) -> Labelled {
    (TinySample { x: array![n as f32, 1.0, 2.0, 3.0] }, TinyTarget { output: (n % 3) as u8 })
}

fn numbers(rows: usize) -> (Array2<f32>, Array1<u8>) {
    let x = Array2::from_shape_fn((rows, 4), |(row, i)| if i == 0 { row as f32 } else { i as f32 });
    (x, Array1::from_shape_fn(rows, |row| (row % 3) as u8))
}

/// The samples of one epoch, batch by batch, known by their first number.
fn batches<Y>(data: &Batches<'_, TinyInputs<'static>, Y>, epoch: u64) -> Vec<Vec<usize>> {
    data.epoch(epoch).map(|batch| batch.unwrap().inputs().x.column(0).iter().map(|n| *n as usize).collect()).collect()
}

fn flat<Y>(data: &Batches<'_, TinyInputs<'static>, Y>, epoch: u64) -> Vec<usize> {
    batches(data, epoch).concat()
}

fn compiled() -> Compiled<Tiny, SGD, SparseCategoricalCrossentropy> {
    Tiny::new(1).compile(SGD::new(1e-3), SparseCategoricalCrossentropy::new())
}

proptest! {
    #[test]
    fn a_shuffle_is_a_permutation_that_depends_on_seed_and_epoch_alone(
        rows in 1usize..200, buffer in 1usize..250, size in 1usize..40, seed in any::<u64>(), epoch in 0u64..5,
    ) {
        let (x, y) = numbers(rows);
        let table = || {
            let data = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &y }).unwrap();
            data.shuffle(buffer, seed).batch(size)
        };
        let stream = Dataset::from_iter((0..rows).map(sample)).shuffle(buffer, seed).batch(size);
        let order = batches(&table(), epoch);
        prop_assert_eq!(&order, &batches(&table(), epoch));
        prop_assert_eq!(&order, &batches(&stream, epoch));
        prop_assert!(order.iter().rev().skip(1).all(|batch| batch.len() == size));
        let mut all = order.concat();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..rows));
    }

    #[test]
    fn take_skip_and_repeat_are_the_same_for_arrays_and_streams(
        rows in 1usize..60, skip in 0usize..20, take in 1usize..80, times in 1usize..4, buffer in 1usize..70,
    ) {
        prop_assume!(skip < rows);
        let (x, y) = numbers(rows);
        let table = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &y }).unwrap();
        let table = table.skip(skip).shuffle(buffer, 3).repeat(times).take(take).batch(7);
        let stream = Dataset::from_iter((0..rows).map(sample));
        let stream = stream.skip(skip).shuffle(buffer, 3).repeat(times).take(take).batch(7);
        prop_assert_eq!(table.cardinality(), stream.cardinality());
        for epoch in 0..3 {
            prop_assert_eq!(batches(&table, epoch), batches(&stream, epoch));
        }
    }
}

#[test]
fn each_epoch_has_an_order_of_its_own_and_a_loop_is_the_next_epoch() {
    let data = Dataset::from_iter((0..50).map(sample)).shuffle(50, 1).batch(8);
    assert_ne!(flat(&data, 0), flat(&data, 1));
    for epoch in 0..3 {
        let order: Vec<usize> =
            (&data).into_iter().flat_map(|batch| batch.unwrap().inputs().x.column(0).mapv(|n| n as usize)).collect();
        assert_eq!(order, flat(&data, epoch));
    }
}

#[test]
fn steps_on_samples() {
    let data = || Dataset::from_iter(0..20usize);
    assert_eq!(flat(&data().filter(|n| n % 3 == 0).map(sample).batch(3), 0), [0, 3, 6, 9, 12, 15, 18]);
    assert_eq!(flat(&data().map(|n| n * 2).map(sample).skip(2).take(3).batch(2), 0), [4, 6, 8]);
    let zipped = data().zip(Dataset::from_iter(100..104usize)).map(|(left, right)| sample(left + right));
    assert_eq!(zipped.cardinality(), Some(4));
    assert_eq!(batches(&zipped.batch(3), 0), [vec![100, 102, 104], vec![106]]);
    assert_eq!(flat(&data().map(sample).repeat_forever().batch(6).take(5), 0).len(), 30);
    assert_eq!(data().map(sample).repeat_forever().batch(6).cardinality(), None);
    assert_eq!(batches(&data().map(sample).batch(8).drop_remainder(), 0).len(), 2);
    assert_eq!(flat(&data().map(sample).batch(8).skip(1).take(1).prefetch(2), 0), [8, 9, 10, 11, 12, 13, 14, 15]);
    let (train, valid) = data().map(sample).split(0.25).unwrap();
    assert_eq!((train.cardinality(), flat(&valid.batch(9), 0)), (Some(15), vec![15, 16, 17, 18, 19]));
    assert!(data().filter(|_| true).split(0.5).unwrap_err().to_string().contains("take(n)"));
    let (x, y) = numbers(20);
    let table = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &y }).unwrap().shuffle(20, 1);
    let stream = data().shuffle(20, 1).map(sample).skip(1);
    for error in [table.split(0.5).unwrap_err(), stream.split(0.5).unwrap_err()] {
        assert!(error.to_string().contains("split first, then .shuffle"), "{error}");
    }
}

#[test]
fn cached_samples_are_read_once() {
    let reads = AtomicUsize::new(0);
    let data = Dataset::from_iter(0..10usize).map(|n| {
        reads.fetch_add(1, Ordering::Relaxed);
        sample(n)
    });
    let data = data.cache().shuffle(10, 1).batch(4);
    // What comes before a cache is the first pass, wherever a training begins.
    let shuffled = || Dataset::from_iter(0..10usize).shuffle(10, 1).map(sample).cache().batch(10);
    assert_eq!(flat(&shuffled(), 3), flat(&shuffled(), 0));
    let first = flat(&data, 0);
    assert_eq!(first, flat(&data, 0));
    assert_ne!(first, flat(&data, 1));
    assert_eq!(reads.load(Ordering::Relaxed), 10);
}

#[test]
fn random_maps_draw_the_same_whatever_thread_runs_them() {
    let data = Dataset::from_iter(0..200usize)
        .map_random(7, |n, random| (TinySample { x: array![n as f32, random.unit() as f32, 0.0, 0.0] }, ()))
        .batch(16);
    let drawn = |epoch: u64| -> Vec<f32> {
        data.epoch(epoch).flat_map(|batch| batch.unwrap().inputs().x.column(1).to_vec()).collect()
    };
    let on_threads = |epoch: u64| -> Vec<f32> {
        std::thread::scope(|scope| {
            data.epoch_in(epoch, scope).flat_map(|batch| batch.unwrap().inputs().x.column(1).to_vec()).collect()
        })
    };
    assert_eq!(drawn(0), on_threads(0));
    assert_ne!(drawn(0), drawn(1));
    let mut unique = drawn(0);
    unique.sort_unstable_by(f32::total_cmp);
    unique.dedup();
    assert_eq!(unique.len(), 200);
}

#[test]
fn threads_keep_the_order() {
    let data = Dataset::from_iter(0..500usize)
        .map(|n| {
            // The first ones take longest.
            std::thread::sleep(std::time::Duration::from_micros(500 - n as u64));
            sample(n)
        })
        .batch(9)
        .prefetch(3);
    let order: Vec<usize> = std::thread::scope(|scope| {
        data.epoch_in(0, scope).flat_map(|batch| batch.unwrap().inputs().x.column(0).mapv(|n| n as usize)).collect()
    });
    assert!(order.into_iter().eq(0..500));
}

#[test]
fn a_stream_trains_as_arrays_do() -> Result<()> {
    let (x, y) = numbers(50);
    let x = x / 50.0;
    let table = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &y })?.shuffle(20, 5);
    let stream = table.clone().map(|sample| sample).batch(8).prefetch(2);
    let table = table.batch(8);
    let (mut left, mut right) = (compiled(), compiled());
    let left_history = left.fit(&table, Fit::epochs(3).validation(&stream))?;
    let right_history = right.fit(&stream, Fit::epochs(3).validation(&table))?;
    assert_eq!(left_history.metric("loss"), right_history.metric("loss"));
    assert_eq!(left_history.metric("val_loss"), right_history.metric("val_loss"));
    Ok(())
}

#[test]
fn a_loop_of_ones_own() -> Result<()> {
    let data = Dataset::from_iter((0..30).map(|n| {
        let (mut x, y) = sample(n);
        x.x /= 30.0;
        (x, y)
    }))
    .shuffle(30, 1)
    .batch(10);
    let (mut by_hand, mut optimizer, loss) = (Tiny::new(1), SGD::new(0.1), SparseCategoricalCrossentropy::new());
    for _ in 0..3 {
        for batch in &data {
            let batch = batch?;
            let (_, gradients) = by_hand.gradients(batch.inputs(), &batch.targets(), &loss)?;
            optimizer.apply(&mut by_hand, &gradients);
        }
    }
    let mut fitted = Tiny::new(1).compile(SGD::new(0.1), loss);
    fitted.fit(&data, Fit::epochs(3))?;
    assert_eq!(by_hand.dense.data(0), fitted.dense.data(0));
    for batch in data.epoch(9) {
        let batch = batch?;
        fitted.train_on_batch(batch.inputs(), batch.targets())?;
    }
    Ok(())
}

/// The error that ends a training, after which the model still computes.
fn failure<'a, S>(data: Dataset<'a, S>) -> String
where
    S: Sample<Inputs = TinySample, Targets = TinyTarget<u8>> + 'a,
{
    let data = data.batch(4).prefetch(2);
    let mut model = compiled();
    let error = model.fit(&data, Fit::epochs(2)).unwrap_err().to_string();
    let predicted = model.predict(TinyInputs { x: &Array2::zeros((2, 4)) }).unwrap().output;
    assert!(predicted.iter().all(|p| p.is_finite()));
    error
}

#[test]
fn what_fails_ends_the_training_with_its_error() {
    let upto = |end: usize| (0..40).map(move |n| if n < end { Ok(sample(n)) } else { Err("the disk is gone") });
    assert!(failure(Dataset::from_generator(|| upto(13))).contains("the disk is gone"));
    let panics = |n: usize| if n == 17 { panic!("no image in row {n}") } else { sample(n) };
    let error = failure(Dataset::from_iter(0..40usize).map(panics));
    assert!(error.contains("`map` of sample 17 panicked: no image in row 17"), "{error}");
    let error = failure(Dataset::from_generator(|| (0..40usize).map(|n| Ok::<_, Error>(panics(n)))));
    assert!(error.contains("source of sample 17"), "{error}");
    let error = failure(Dataset::from_iter((0..40).map(sample)).filter(|_| panic!("undecided")));
    assert!(error.contains("`filter` panicked: undecided"), "{error}");
    let error = failure(Dataset::from_iter(0..40usize).try_map(|n| if n < 9 { Ok(sample(n)) } else { Err("bad") }));
    assert_eq!(error, "bad");
}

#[test]
fn bad_samples_are_named() {
    let with = |place: usize, change: fn(&mut Labelled)| {
        let samples = (0..40).map(move |n| {
            let mut sample = sample(n);
            if n == place {
                change(&mut sample);
            }
            sample
        });
        failure(Dataset::from_iter(samples))
    };
    let error = with(18, |sample| sample.0.x[1] = f32::NAN);
    assert!(error.contains("`x` holds NaN in row 2") && error.contains("row 0 is sample 16"), "{error}");
    let error = with(9, |sample| sample.1.output = 3);
    assert!(error.contains("label 3 in row 1") && error.contains("sample 8"), "{error}");
    let error = with(7, |sample| sample.0.x = array![1.0, 2.0, 3.0]);
    assert!(error.contains("input `x` has shape [4] in sample 4, but [3] in sample 7"), "{error}");
    assert!(failure(Dataset::from_iter((0..9).map(sample)).filter(|_| false)).contains("no samples"));
    assert!(failure(Dataset::from_iter((0..9).map(sample)).shuffle(0, 1)).contains("buffer"));
    let error = failure(Dataset::from_iter((0..9).map(|n| (sample(n).0, sample(n).1, -1.0))));
    assert!(error.contains("weight of sample 0 is -1"), "{error}");
}

#[test]
fn classes_and_samples_count_as_told() -> Result<()> {
    let (x, y) = numbers(30);
    let x = x / 30.0;
    let table = || Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &y });
    let weights: Vec<f64> = y.iter().map(|class| if *class == 2 { 5.0 } else { 1.0 }).collect();
    let fit = |data: &Batches<'_, TinyInputs<'_>, _>| compiled().fit(data, Fit::epochs(2)).map(|h| h.metric("loss"));
    let expected = fit(&table()?.sample_weights(&weights)?.batch(7))?;
    assert_ne!(expected, fit(&table()?.batch(7))?);
    for data in [table()?.batch(7), table()?.map(|sample| sample).batch(7)] {
        let history = compiled().fit(&data, Fit::epochs(2).class_weight([(2, 5.0)]))?;
        assert_eq!(expected, history.metric("loss"));
    }
    let weighted = table()?.map(|(x, y)| {
        let weight = if y.output == 2 { 5.0 } else { 1.0 };
        (x, y, weight)
    });
    assert_eq!(expected, fit(&weighted.batch(7))?);
    // Weights given to arrays survive the way into a stream.
    assert_eq!(expected, fit(&table()?.sample_weights(&weights)?.map(|sample| sample).batch(7))?);

    assert!(table()?.shuffle(9, 1).sample_weights(&weights).unwrap_err().to_string().contains("before .shuffle"));
    Ok(())
}

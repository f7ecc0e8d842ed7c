//! Streams of samples in front of real models: padding, files, steps an epoch, limits, and what goes wrong on the way.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use formwork::data::Side;
use formwork::prelude::*;
use ndarray::{Array1, Array2, Array3, array};

model!(
    /// Ids of any number and series of any length beside them.
    fn Reader(words: Input<_>, series: Input<time, 2>) -> Output<2> {
        let words = GlobalAveragePooling1D()(Embedding(8, 4, mask_zero = true)(words));
        let series = LSTM(4)(Masking(0.0)(series));
        Dense(2, activation = softmax)(Concatenate()(words, series))
    }
);

type Read = (ReaderSample, ReaderTarget<u8>);

/// Sample `n` has `n % 5 + 1` words and `n % 3 + 1` steps.
fn sample(n: usize) -> Read {
    let words = Array1::from_shape_fn(n % 5 + 1, |place| (1 + (n + place) % 7) as u32);
    let series = Array2::from_shape_fn((n % 3 + 1, 2), |(step, column)| 1.0 + (n + step + column) as f32 / 10.0);
    (ReaderSample { words, series }, ReaderTarget { output: (n % 2) as u8 })
}

fn samples(count: usize) -> Dataset<'static, Read> {
    Dataset::from_iter((0..count).map(sample))
}

fn compiled() -> Compiled<Reader, Adam, SparseCategoricalCrossentropy> {
    Reader::new(1).compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new())
}

fn bits<M: Model<Element = f32>>(model: &M) -> Vec<u32> {
    let mut bits = Vec::new();
    model.visit("", &mut |_, variable| bits.extend(variable.data().iter().map(|value| value.to_bits())));
    bits
}

/// The error that ends a training on batches, validation, evaluation and a loop of one's own alike.
#[track_caller]
fn refused(data: Dataset<'static, Read>, padded: bool, parts: &[&str]) {
    let batches = if padded { data.padded_batch(4) } else { data.batch(4) };
    let (ahead, good) = (batches.clone().prefetch(2), samples(8).padded_batch(4));
    let mut model = compiled();
    for message in [
        model.evaluate(&batches).unwrap_err().to_string(),
        model.fit(&ahead, Fit::epochs(2)).unwrap_err().to_string(),
        model.fit(&good, Fit::epochs(1).validation(&ahead)).unwrap_err().to_string(),
    ] {
        parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
    }
    // What was good before is learned; nothing bad got into the weights.
    assert!(bits(&*model).iter().all(|bits| f32::from_bits(*bits).is_finite()));
    assert!(model.fit(&good, Fit::epochs(1)).is_ok());
}

#[test]
fn a_padded_batch_is_as_long_as_its_longest_sample() -> Result<()> {
    let data = samples(10).padded_batch(4);
    let shapes = data.epoch(0).map(|batch| {
        let batch = batch?;
        Ok((batch.inputs().words.dim(), batch.inputs().series.dim(), batch.rows()))
    });
    let shapes = shapes.collect::<Result<Vec<_>>>()?;
    assert_eq!(shapes, [((4, 4), (4, 3, 2), 4), ((4, 5), (4, 3, 2), 4), ((2, 5), (2, 3, 2), 2)]);

    let first = data.epoch(0).next().expect("there are three")?;
    assert_eq!(first.inputs().words, array![[1, 0, 0, 0], [2, 3, 0, 0], [3, 4, 5, 0], [4, 5, 6, 7]]);
    let front =
        samples(10).padded_batch_with(4, Padding::pre().value(9.0)).epoch(0).next().expect("there are three")?;
    assert_eq!(front.inputs().words, array![[9, 9, 9, 1], [9, 9, 2, 3], [9, 3, 4, 5], [4, 5, 6, 7]]);
    Ok(())
}

#[test]
fn all_samples_of_one_length() -> Result<()> {
    let data = samples(6).padded(Padding::post().maxlen(2).truncating(Side::Post)).batch(6);
    let batch = data.epoch(0).next().expect("there is one")?;
    assert_eq!(batch.inputs().words, array![[1, 0], [2, 3], [3, 4], [4, 5], [5, 6], [6, 0]]);
    assert_eq!(batch.inputs().series.dim(), (6, 2, 2));
    let (words, series, labels) = (Array2::ones((3, 4)), Array3::<f32>::ones((3, 5, 2)), array![0_u8, 1, 0]);
    let inputs = ReaderInputs { words: &words, series: &series };
    let arrays = Dataset::from_arrays(inputs, ReaderTargets { output: &labels })?.padded(7).batch(3);
    let batch = arrays.epoch(0).next().expect("there is one")?;
    assert_eq!((batch.inputs().words.dim(), batch.inputs().series.dim()), ((3, 7), (3, 7, 2)));
    Ok(())
}

/// Padding is masked, so that how samples are put together changes nothing.
#[test]
fn padding_does_not_change_what_is_learned() -> Result<()> {
    let (mut one, mut other) = (compiled(), compiled());
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let padded = samples(12).padded_batch(12);
    let longer = samples(12).padded(9).batch(12);
    let (a, b) = (one.fit(&padded, Fit::epochs(4))?.metric("loss"), other.fit(&longer, Fit::epochs(4))?.metric("loss"));
    assert!(a.iter().zip(&b).all(|(a, b)| near(*a, *b)), "{a:?} {b:?}");
    Ok(())
}

#[test]
fn ragged_samples_are_named() {
    refused(samples(8), false, &["input `words`", "[1] in sample 0", "[2] in sample 1", ".padded_batch(n)"]);
    let wide = |place: usize| {
        samples(8).map(move |(mut x, y)| {
            if x.words.len() == place {
                x.series = Array2::ones((x.series.nrows(), 3));
            }
            (x, y)
        })
    };
    // The axis of channels is 2 in the model: it is not padded.
    refused(wide(2), true, &["input `series`", "[1, 2] in sample 0", "[2, 3] in sample 1", "only axes that are `_`"]);
    // All of a batch are wrong alike.
    let all = samples(4).map(|(mut x, y)| {
        x.series = Array2::ones((1, 3));
        (x, y)
    });
    refused(all, true, &["`series`", "[4, 1, 3]", "sample 0"]);
}

#[test]
fn numbers_ids_and_labels_that_cannot_be_are_named() {
    let bad = |place: usize, change: fn(&mut Read)| {
        Dataset::from_iter((0..12).map(move |n| {
            let mut sample = sample(n);
            if n == place {
                change(&mut sample);
            }
            sample
        }))
    };
    refused(bad(6, |(x, _)| x.series[[0, 1]] = f32::NAN), true, &["`series`", "NaN", "row 2", "row 0 is sample 4"]);
    refused(bad(9, |(x, _)| x.series[[0, 0]] = f32::INFINITY), true, &["`series`", "inf", "row 1", "sample 8"]);
    refused(bad(5, |(x, _)| x.words[0] = 8), true, &["`words`", "8", "row 1", "0..8", "sample 4"]);
    refused(bad(11, |(_, y)| y.output = 2), true, &["label 2", "row 3", "0..2", "sample 8"]);
}

#[test]
fn predictions_for_a_data_set() -> Result<()> {
    let mut model = compiled();
    model.fit(&samples(12).padded_batch(4), Fit::epochs(1))?;
    let data = samples(10).map(|(x, _)| (x, ())).padded(6);
    let all = model.predict_dataset(&data.clone().batch(4).prefetch(2))?.output;
    assert_eq!(all.dim(), (10, 2));
    for (row, batch) in data.batch(1).epoch(0).enumerate() {
        let one = model.predict(batch?.inputs())?.output;
        let near = one.iter().zip(all.row(row)).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "{one} {all}");
    }
    let words = Array2::from_shape_fn((7, 3), |(row, place)| ((row + place) % 8) as u32);
    let (series, labels) = (Array3::<f32>::ones((7, 5, 2)), Array1::<u8>::zeros(7));
    let inputs = || ReaderInputs { words: &words, series: &series };
    let arrays = Dataset::from_arrays(inputs(), ReaderTargets { output: &labels })?.batch(3);
    assert_eq!(model.predict_dataset(&arrays)?.output.dim(), model.predict(inputs())?.output.dim());

    let says = |data: Dataset<'static, Read>, part: &str| {
        let error = compiled().predict_dataset(&data.padded_batch(3)).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    says(samples(0), "no samples");
    says(samples(3).repeat_forever(), "no end");
    says(samples(4).map(|pair| if pair.0.words.len() == 4 { panic!("no!") } else { pair }), "`map` of sample 3");
    let far = |(mut x, y): Read| {
        x.words[0] = if x.words.len() == 5 { 8 } else { x.words[0] };
        (x, y)
    };
    says(samples(6).map(far), "holds 8 in row 1, but ids must be in 0..8 (row 0 is sample 3 of the data set)");
    Ok(())
}

model!(
    /// As many numbers as steps.
    fn Steps(series: Input<_, 2>) -> Output<_, 1> {
        TimeDistributed(Dense(1))(series)
    }
);

#[test]
fn predictions_of_other_lengths_do_not_fit_together() {
    let series = |n: usize| StepsSample { series: Array2::ones((n % 4 + 1, 2)) };
    let data = Dataset::from_iter((0..4).map(move |n| (series(n), ()))).padded_batch(2);
    let error = Steps::new(1).predict_dataset(&data).unwrap_err().to_string();
    assert!(error.contains("have shape [4, 1] a sample, those of the 2 samples before [2, 1]"), "{error}");
}

#[test]
fn arrays_are_mixed_by_a_seed_of_their_own() -> Result<()> {
    let words = Array2::from_shape_fn((30, 3), |(row, place)| ((row + place) % 8) as u32);
    let series = Array3::<f32>::from_shape_fn((30, 5, 2), |(row, step, k)| ((row * 7 + step + k) as f32).sin());
    let labels = Array1::from_shape_fn(30, |row| (row % 2) as u8);
    let trained = |seed: Option<u64>| {
        let mut model = compiled();
        let fit = Fit::epochs(1).batch_size(4);
        let fit = if let Some(seed) = seed { fit.shuffle_seed(seed) } else { fit };
        let inputs = ReaderInputs { words: &words, series: &series };
        model.fit_arrays(inputs, ReaderTargets { output: &labels }, fit)?;
        Ok::<_, Error>(bits(&*model))
    };
    // The model's seed is 1.
    assert_eq!(trained(None)?, trained(Some(1))?);
    assert_ne!(trained(None)?, trained(Some(2))?);
    Ok(())
}

#[test]
fn a_table_of_text_is_a_stream() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader.csv");
    let read = |text: &str| fs::write(&path, text).unwrap();
    let data = Dataset::from_csv(&path, |row| {
        let words = row.text("words")?.split(' ').map(|word| word.parse().unwrap_or(0)).collect();
        let series = row.numbers::<f32>(&["left", "right"])?.insert_axis(ndarray::Axis(0));
        Ok((ReaderSample { words, series }, ReaderTarget { output: row.parse::<u8>("label")? }))
    });
    let mut model = compiled();
    let batches = data.clone().shuffle(2, 1).padded_batch(2).prefetch(1);
    // The file is read when an epoch begins.
    assert!(model.fit(&batches, Fit::epochs(1)).unwrap_err().to_string().contains("reader.csv"));
    read("words,left,right,label\n1 2 3,0.5,1,0\n4,1,2.5,1\n5 6,3,1,1\n");
    let all = data.samples(0).collect::<Result<Vec<Read>>>()?;
    assert_eq!(all[0].0.words, array![1, 2, 3]);
    assert_eq!((&all[1].0.series, all[2].1.output), (&array![[1.0, 2.5]], 1));
    assert_eq!(model.fit(&batches, Fit::epochs(3))?.epochs().len(), 3);

    let mut refused = |text: &str, parts: &[&str]| {
        read(text);
        let before = bits(&*model);
        let message = model.fit(&batches, Fit::epochs(1)).unwrap_err().to_string();
        parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
        assert_eq!(before, bits(&*model));
    };
    refused("words,left,right,label\n1,2,x,0\n", &["reader.csv", "line 2", "`right`", "`x`"]);
    refused("words,left,label\n1,2,0\n", &["reader.csv", "no column `right`", "words, left, label"]);
    refused("words,left,right,label\n1,2,3,0\n1,2,3\n", &["reader.csv", "3 fields"]);
    refused("words,left,right,label\n1,2,NaN,0\n", &["reader.csv", "line 2", "`right`", "`NaN`", "a finite number"]);
    refused("words,left,right,label\n9,2,3,0\n", &["`words`", "9", "0..8"]);
    refused("words,left,right,label\n", &["no samples"]);
    Ok(())
}

#[test]
fn an_epoch_of_steps_goes_on_where_the_last_one_stopped() -> Result<()> {
    let trained = |data: &Batches<'_, ReaderInputs<'static>, _>, fit: Fit<'_>| -> Result<Vec<u32>> {
        let mut model = compiled();
        model.fit(data, fit)?;
        Ok(bits(&*model))
    };
    // 12 samples are 3 batches: 4 epochs of 3 steps are 3 of 4, 12 of 1 and 2 of 6, whether a stream knows its end or not.
    let known = samples(12).shuffle(12, 1).padded_batch(4);
    let unknown = Dataset::from_generator(|| (0..12).map(|n| Ok::<_, Error>(sample(n)))).shuffle(12, 1).padded_batch(4);
    assert_eq!((known.cardinality(), unknown.cardinality()), (Some(3), None));
    let expected = trained(&known, Fit::epochs(4))?;
    for data in [&known, &unknown, &unknown.clone().prefetch(2)] {
        for (epochs, steps) in [(4, 3), (3, 4), (12, 1), (2, 6)] {
            assert_eq!(trained(data, Fit::epochs(epochs).steps_per_epoch(steps))?, expected, "{epochs} of {steps}");
        }
    }
    // What never ends has epochs of steps only.
    let endless = samples(12).repeat_forever().padded_batch(4).prefetch(1);
    let mut model = compiled();
    assert_eq!(model.fit(&endless, Fit::epochs(2).steps_per_epoch(5))?.epochs().len(), 2);
    Ok(())
}

#[test]
fn no_more_is_read_than_was_asked_for() -> Result<()> {
    let read = AtomicUsize::new(0);
    let counted = || {
        read.store(0, Ordering::SeqCst);
        Dataset::from_generator(|| {
            (0..1_000).map(|n| {
                read.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Error>(sample(n))
            })
        })
    };
    let mut model = compiled();
    model.fit(&counted().take(6).padded_batch(2), Fit::epochs(1))?;
    assert_eq!(read.load(Ordering::SeqCst), 6);
    // One batch that is trained on, two that are ready, one that is being made.
    model.fit(&counted().padded_batch(5).prefetch(2), Fit::epochs(1).steps_per_epoch(1))?;
    assert!(read.load(Ordering::SeqCst) <= 4 * 5, "{}", read.load(Ordering::SeqCst));
    // The same with a map on threads: their chunks come on top.
    let threads = formwork::Threads::global().count();
    model.fit(&counted().map(|s| s).padded_batch(5).prefetch(2), Fit::epochs(1).steps_per_epoch(1))?;
    let bound = 4 * 5 + 8 * 3 * threads;
    assert!(read.load(Ordering::SeqCst) <= bound, "{} of {bound}", read.load(Ordering::SeqCst));
    Ok(())
}

/// The threads of this process that work for data sets.
#[cfg(target_os = "linux")]
fn data_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    tasks
        .filter(|task| fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "formwork-data"))
        .count()
}

/// What a thread does has ended with the training, but a busy system may take a while to take it from its list, as it may to
/// start one: whoever waits for what never comes gives up in the end.
#[cfg(target_os = "linux")]
fn becomes(wanted: fn(usize) -> bool) -> bool {
    (0..120_000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        wanted(data_threads())
    })
}

#[cfg(target_os = "linux")]
fn threads_have_ended() -> bool {
    becomes(|count| count == 0)
}

/// However a training ends, its threads have ended with it, and the model learns again.
#[test]
#[cfg(target_os = "linux")]
fn no_thread_outlives_its_training() {
    if std::env::var_os("FORMWORK_ALONE").is_none() {
        // Other tests have threads, too: this one gets a process of its own.
        let this = std::env::current_exe().unwrap();
        let test = ["no_thread_outlives_its_training", "--exact", "--test-threads=1"];
        let run = std::process::Command::new(this).args(test).env("FORMWORK_ALONE", "1").output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
        return;
    }
    let good = samples(40).map(|s| s).padded_batch(4).prefetch(2);
    let mut model = compiled();
    // After the first of ten batches nobody can be done who is at most two ahead.
    let watch = || {
        LambdaCallback::new().on_batch_end(|training| {
            assert!(training.batch() > 1 || becomes(|count| count > 0), "threads work while it trains");
            Ok(())
        })
    };
    model.fit(&good, Fit::epochs(2).callback(watch())).unwrap();
    assert!(threads_have_ended());
    let panics = samples(40).map(|s| if s.0.words.len() == 5 { panic!("no such file") } else { s });
    let error = model.fit(&panics.padded_batch(4).prefetch(2), Fit::epochs(1)).unwrap_err();
    assert!(error.to_string().contains("no such file"), "{error}");
    assert!(threads_have_ended());
    let stops = LambdaCallback::new().on_batch_end(|training| {
        training.stop();
        Ok(())
    });
    model.fit(&good, Fit::epochs(3).callback(stops)).unwrap();
    assert!(threads_have_ended());
    let fails = LambdaCallback::new().on_batch_end(|_| Err(Error::Training("enough".to_string())));
    assert!(model.fit(&good, Fit::epochs(3).callback(fails)).is_err());
    assert!(threads_have_ended());
    for batch in good.epoch(0).take(2) {
        assert_eq!(batch.unwrap().rows(), 4);
    }
    assert!(threads_have_ended());
    model.fit(&good, Fit::epochs(1)).unwrap();
}

//! Data sets, weights, settings and files that are wrong: each gives an error that says what, where, and the way out.

use std::fs;
use std::path::Path;

use formwork::data::Csv;
use formwork::prelude::*;
use ndarray::{Array1, Array2};

model!(
    fn Words(ids: Input<3>) -> Output<3> {
        Dense(3, activation = softmax)(Flatten()(Embedding(5, 2)(ids)))
    }
);

type Pair = (WordsSample, WordsTarget<u8>);

fn sample(n: usize) -> Pair {
    (WordsSample { ids: Array1::from_elem(3, (n % 5) as u32) }, WordsTarget { output: (n % 3) as u8 })
}

fn samples(count: usize) -> Dataset<'static, Pair> {
    Dataset::from_iter((0..count).map(sample))
}

fn compiled() -> Compiled<Words, Adam, SparseCategoricalCrossentropy> {
    Words::new(1).compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new())
}

#[track_caller]
fn says<R>(result: Result<R>, parts: &[&str]) {
    let Err(error) = result else { panic!("nothing was said, instead of {parts:?}") };
    let message = error.to_string();
    parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
}

/// Trains on these samples, and says so.
#[track_caller]
fn refused(data: Dataset<'static, Pair>, parts: &[&str]) {
    says(compiled().fit(&data.clone().batch(4), Fit::epochs(2)), parts);
    says(compiled().fit(&data.batch(4).prefetch(2), Fit::epochs(2)), parts);
}

#[test]
fn data_without_samples() {
    let nothing = &["the data set has no samples"];
    refused(samples(0), nothing);
    refused(samples(10).take(0), nothing);
    refused(samples(10).skip(20), nothing);
    refused(samples(10).repeat(0), nothing);
    refused(samples(10).filter(|_| false), nothing);
    refused(samples(10).filter(|_| true).take(0), nothing);
    refused(samples(10).zip(samples(0)).map(|(pair, _)| pair), nothing);
    refused(samples(0).repeat_forever().take(5), nothing);
    refused(samples(10).split(1.0).expect("a share").0, nothing);
    refused(samples(10).split(0.0).expect("a share").1, nothing);
    refused(Dataset::from_generator(std::iter::empty::<Result<Pair>>), nothing);
    for batches in [
        samples(10).batch(3).take(0),
        samples(10).batch(3).skip(9),
        samples(3).batch(10).drop_remainder(),
        samples(3).filter(|_| true).batch(10).drop_remainder().prefetch(1),
    ] {
        says(compiled().fit(&batches, Fit::epochs(1)), nothing);
        says(compiled().fit(&batches, Fit::epochs(1).steps_per_epoch(5)), nothing);
        says(compiled().evaluate(&batches), nothing);
        let fit = Fit::epochs(1).validation(&batches);
        says(compiled().fit(&samples(4).batch(2), fit), &["in the validation data: the data set has no samples"]);
    }
    says(compiled().fit(&samples(10).batch(0), Fit::epochs(1)), &["a batch of 0 samples", ".batch(n)"]);
    says(compiled().fit(&samples(10).padded_batch(0), Fit::epochs(1)), &["a batch of 0 samples"]);
    refused(samples(10).shuffle(0, 1), &["shuffle needs a buffer of at least 1 sample"]);
}

#[test]
fn little_data_are_data() -> Result<()> {
    let losses = |batches| Ok::<_, Error>(compiled().fit(&batches, Fit::epochs(2))?.metric("loss"));
    assert_eq!(losses(samples(1).batch(1))?, losses(samples(1).batch(10))?);
    assert_eq!(losses(samples(3).batch(3))?, losses(samples(3).batch(10).prefetch(0))?);
    assert_eq!(losses(samples(4).batch(2))?, losses(samples(5).filter(|_| true).batch(2).drop_remainder())?);
    assert_eq!(samples(10).zip(samples(4)).cardinality(), Some(4));
    // More steps than the data have go on with them anew.
    let history = compiled().fit(&samples(6).batch(2), Fit::epochs(2).steps_per_epoch(6))?;
    assert_eq!(history.metric("loss"), compiled().fit(&samples(6).repeat(2).batch(2), Fit::epochs(2))?.metric("loss"));
    Ok(())
}

#[test]
fn data_without_end() {
    let forever = samples(5).repeat_forever().batch(2);
    let end = &["the data set has no end", ".steps_per_epoch(n)", ".validation_steps(n)"];
    says(compiled().fit(&forever, Fit::epochs(1)), end);
    says(compiled().evaluate(&forever), end);
    says(compiled().fit(&samples(4).batch(2), Fit::epochs(1).validation(&forever)), end);
    let numbers = Dataset::from_iter((0_u64..).map(|n| sample(n as usize)));
    says(compiled().fit(&numbers.clone().map(|pair| pair).shuffle(4, 1).batch(2).prefetch(2), Fit::epochs(1)), end);
    assert!(compiled().fit(&numbers.clone().take(4).batch(2), Fit::epochs(1)).is_ok());
    assert!(compiled().fit(&numbers.batch(2), Fit::epochs(1).steps_per_epoch(2)).is_ok());
    let fit = Fit::epochs(1).validation(&forever).validation_steps(2);
    assert!(compiled().fit(&samples(4).batch(2), fit).is_ok());
    let nothing = samples(4).filter(|_| false).repeat_forever().batch(2);
    says(compiled().fit(&nothing, Fit::epochs(1).steps_per_epoch(3)), &["the data set has no samples"]);
}

#[test]
fn steps_that_fail() {
    let bad = |pair: &Pair| pair.0.ids[0] == 3;
    refused(samples(10).map(move |pair| if bad(&pair) { panic!("no!") } else { pair }), &["`map` of sample 3", "no!"]);
    refused(samples(10).filter(move |pair| if bad(pair) { panic!("no!") } else { true }), &["`filter`", "no!"]);
    refused(
        samples(10).try_map(move |pair| if bad(&pair) { Err("not this one") } else { Ok(pair) }),
        &["not this one"],
    );
    let broken = || {
        let read = |n| if n == 6 { Err("the disk is gone") } else { Ok(sample(n)) };
        Dataset::from_generator(move || (0..10).map(read))
    };
    for data in [broken(), broken().cache(), broken().shuffle(5, 1), broken().repeat(2), broken().skip(2)] {
        refused(data, &["the disk is gone"]);
    }
    let none = || -> std::iter::Empty<Result<Pair>> { panic!("no source") };
    refused(Dataset::from_generator(none), &["the generator of samples panicked: no source"]);
    for share in [f64::NAN, -0.1, 2.0] {
        says(samples(10).split(share), &["cannot be split off: give a number from 0 to 1"]);
    }
}

#[test]
fn weights_that_are_none() {
    let batches = samples(10).batch(4);
    let classes = |weights: &[(u32, f64)]| compiled().fit(&batches, Fit::epochs(1).class_weight(weights.to_vec()));
    says(classes(&[(1, 2.0), (3, 2.0)]), &["a weight for class 3, but `output` has the classes 0 to 2"]);
    says(classes(&[(1, 2.0), (1, 3.0)]), &["class 1 has two weights: give one"]);
    says(classes(&[(1, -2.0)]), &["the weight of class 1 is -2", "at least 0"]);
    says(classes(&[(1, f64::NAN)]), &["the weight of class 1 is NaN"]);
    for weight in [f32::NAN, -1.0, f32::INFINITY] {
        let weighted = samples(10).map(move |(x, y)| (x, y, if y.output == 1 { weight } else { 1.0 }));
        let error = format!("the weight of sample 1 is {weight}: give a number of at least 0");
        says(compiled().fit(&weighted.batch(4), Fit::epochs(1)), &[&error]);
    }
    let long = samples(10).map(|(x, y)| (x, y, vec![1.0_f32, 2.0])).batch(4);
    says(compiled().fit(&long, Fit::epochs(1)), &["there are 2 sample weights a sample for `output`"]);
    let named = samples(10).map(|(x, y)| (x, y, SampleWeights::of("class", 1.0_f32))).batch(4);
    says(compiled().fit(&named, Fit::epochs(1)), &["sample weights for `class`, but the outputs are output"]);

    let (ids, labels) = (Array2::from_elem((6, 3), 1_u32), Array1::from_elem(6, 1_u8));
    let arrays = || Dataset::from_arrays(WordsInputs { ids: &ids }, WordsTargets { output: &labels });
    let weighted = |weights: &[f64]| arrays().and_then(|data| data.sample_weights(weights));
    says(weighted(&[1.0, 2.0]), &["there are 2 sample weights for 6 samples: give one a sample"]);
    says(weighted(&[1.0, 2.0, f64::NAN, 1.0, 1.0, 1.0]), &["the sample weight in row 2 is NaN"]);
    says(weighted(&[1.0, 2.0, -1.0, 1.0, 1.0, 1.0]), &["the sample weight in row 2 is -1"]);
    says(samples(4).sample_weights([1.0_f32; 4]), &["let the stream yield (inputs, targets, weight)"]);
}

#[test]
fn validation_data_that_are_wrong() {
    let batches = samples(10).batch(4);
    let (far, labels) = (Array2::from_elem((6, 3), 5_u32), Array1::from_elem(6, 1_u8));
    let arrays = Dataset::from_arrays(WordsInputs { ids: &far }, WordsTargets { output: &labels }).expect("two arrays");
    let validated = |data: &Batches<'_, _, _>| compiled().fit(&batches, Fit::epochs(1).validation(data));
    says(validated(&arrays.batch(4)), &["in the validation data: id 5 in row 0 of `ids` must be in 0..5"]);
    let mut ids = samples(10).map(|(mut x, y)| {
        x.ids[1] = 9;
        (x, y)
    });
    says(validated(&ids.batch(4)), &["in the validation data: id 9 in row 0 of `ids` must be in 0..5"]);
    ids = samples(10).map(|(x, mut y)| {
        y.output += 1;
        (x, y)
    });
    says(validated(&ids.batch(4)), &["in the validation data: label 3 in row 2 of `output` must be in 0..3"]);

    let (ids, labels) = (Array2::from_elem((6, 3), 1_u32), Array1::from_elem(6, 1_u8));
    let split = |share| {
        let (inputs, targets) = (WordsInputs { ids: &ids }, WordsTargets { output: &labels });
        compiled().fit_arrays(inputs, targets, Fit::epochs(1).validation_split(share))
    };
    for share in [1.0, -0.1, f64::NAN] {
        says(split(share), &[&format!("validation_split({share}) is no share of the rows: give 0.2 for a fifth")]);
    }
    says(split(0.0), &["validation_split(0) of 6 rows keeps none: give a larger share"]);
    says(split(0.9), &["validation_split(0.9) of 6 rows leaves none to train on: give a smaller share"]);
    assert!(split(0.1).is_ok());
}

#[test]
fn settings_that_train_nothing() -> Result<()> {
    let batches = samples(10).batch(4);
    let fit = |fit: Fit<'static>| compiled().fit(&batches, fit);
    says(fit(Fit::epochs(2).steps_per_epoch(0)), &["give steps_per_epoch at least 1"]);
    says(fit(Fit::epochs(2).validation_steps(0)), &["0 validation_steps validate nothing"]);
    says(fit(Fit::epochs(2).validation_freq(0)), &["a validation_freq of 0 never validates"]);
    let history = compiled().fit(&batches, Fit::epochs(5).validation(&batches).validation_freq(2).initial_epoch(2))?;
    let validated: Vec<_> =
        history.epochs().iter().map(|(e, report)| (*e, report.metric("val_loss").is_some())).collect();
    assert_eq!(validated, [(2, false), (3, true), (4, false)]);
    // As in Keras: nothing is left to do.
    for epoch in [2, 5] {
        assert!(fit(Fit::epochs(2).initial_epoch(epoch))?.epochs().is_empty());
    }
    Ok(())
}

/// Files where none can be written. (Who runs this may be allowed to write anywhere, so a file stands where a folder should.)
#[test]
fn files_that_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "text").expect("it can be written");
    let steps = std::cell::Cell::new(0);
    let fit = |callback: &mut dyn FnMut(&Path) -> Box<dyn Callback>, path: &Path| {
        steps.set(0);
        let count = LambdaCallback::new().on_batch_begin(|_| {
            steps.set(steps.get() + 1);
            Ok(())
        });
        let mut callback = callback(path);
        compiled().fit(&samples(10).batch(4), Fit::epochs(2).callback(count).callback(&mut *callback)).map(drop)
    };
    let text = |path: &Path| path.to_string_lossy().into_owned();
    type Make<'a> = &'a mut dyn FnMut(&Path) -> Box<dyn Callback>;
    let callbacks: [Make<'_>; 3] = [
        &mut |path| Box::new(BackupAndRestore::new(path)),
        &mut |path| Box::new(ModelCheckpoint::new(text(path))),
        &mut |path| Box::new(Interrupt::new().save_to(path)),
    ];
    for make in callbacks {
        says(fit(make, &file.join("under")), &[&text(&file), "cannot be created"]);
        says(fit(make, folder.path()), &[&text(folder.path()), "is a folder: give the path of a file in it"]);
        // Before the first step, not after hours.
        assert_eq!(steps.get(), 0);
        assert!(fit(make, &folder.path().join("new/folder/file")).is_ok());
    }
    says(fit(&mut |path| Box::new(BackupAndRestore::new(path)), &file), &[&text(&file), "is not a whole checkpoint"]);
    says(fit(&mut |path| Box::new(CSVLogger::new(path)), &file.join("log.csv")), &["log.csv: cannot be opened"]);
    says(fit(&mut |path| Box::new(TensorBoard::new(path)), &file.join("logs")), &["logs/train: cannot be created"]);
    let none = fit(&mut |path| Box::new(TensorBoard::new(path).update_freq(0)), folder.path());
    says(none, &["TensorBoard every 0 steps writes nothing"]);
    says(compiled().save(file.join("under")), &["under: cannot be written"]);
    #[cfg(target_os = "linux")]
    says(fit(&mut |path| Box::new(CSVLogger::new(path)), Path::new("/dev/full")), &["/dev/full: cannot be written"]);
}

#[test]
fn tables_that_are_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    let train = |text: &[u8]| {
        fs::write(&path, text).expect("it can be written");
        let read = Dataset::from_csv(&path, |row| {
            let ids = Array1::from_elem(3, row.parse("a")?);
            Ok((WordsSample { ids }, WordsTarget { output: row.parse::<u8>("b")? }))
        });
        compiled().fit(&read.batch(1).prefetch(2), Fit::epochs(1))
    };
    assert!(train(b"\xEF\xBB\xBFa,b\r\n1,\"2\"\r\n\r\n3,0\r\n").is_ok());
    says(train(b"a,b\n1,2\n3,NA\n"), &["table.csv: line 3: column `b` holds `NA`", "u8", "row.optional("]);
    says(train(b"a,b\n1,2\n3\n"), &["table.csv: line 3 has 1 fields, but the first line names 2 columns"]);
    says(train(b"a,b\n1,two\n"), &["line 2: column `b` holds `two`, but u8 is asked for"]);
    says(train(b"a;b\n1;2\n"), &["has no column `a`, only a;b"]);
    says(train(b"a,c\n1,2\n"), &["has no column `b`, only a, c"]);
    says(train(b"a,b,b\n1,2,3\n"), &["has several columns `b`"]);
    says(train(b"a,b\n1,\xff\n"), &["line 2 holds what is no text in UTF-8"]);
    says(train(b"a,b\n"), &["the data set has no samples"]);
    says(train(b""), &["its first line must name the columns"]);
    says(train(&[0x1f, 0x8b, 8, 0, 0]), &["table.csv"]);
    says(Csv::read(folder.path()), &["directory"]);
}

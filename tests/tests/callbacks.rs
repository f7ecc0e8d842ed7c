//! What happens between steps and epochs.

use std::cell::RefCell;

use formwork::prelude::*;
use formwork::train::Mode;
use formwork_tests::numbers;
use ndarray::{Array1, Array2};

model!(
    fn Line(x: Input<3>) -> Output<1> {
        let hidden = Dense(4, activation = tanh)(x);
        Dense(1, name = out)(hidden)
    }
);

fn data(rows: usize) -> (Array2<f32>, Array2<f32>) {
    let x: Array2<f32> = numbers(1, (rows, 3));
    let y = Array2::from_shape_fn((rows, 1), |(row, _)| x[[row, 0]] - 0.5 * x[[row, 2]]);
    (x, y)
}

fn compiled(rate: f64) -> Compiled<Line, SGD, MeanSquaredError, MAE> {
    Line::new(3).compile(SGD::new(rate), MeanSquaredError::new()).metrics(MAE::new())
}

/// A training whose `val_loss` is what the closure says: callbacks look at values by name only.
fn told(values: &[f64], callback: impl Callback) -> Result<(usize, Vec<f64>)> {
    let (x, y) = data(8);
    let mut model = compiled(0.1);
    let script = LambdaCallback::new().on_epoch_end(|training, report| {
        report.set("mean_absolute_error", values[training.epoch()]);
        Ok(())
    });
    let fit = Fit::epochs(values.len()).callback(script).callback(callback).batch_size(8);
    let history = model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    let rate = model.optimizer().clone();
    let rates = if history.metric("learning_rate").is_empty() {
        vec![Optimizer::<f32>::learning_rate(&rate)]
    } else {
        history.metric("learning_rate")
    };
    Ok((history.epochs().len(), rates))
}

const WATCHED: &str = "mean_absolute_error";

#[test]
fn early_stopping_waits_as_keras_does() -> Result<()> {
    let values = [5.0, 4.0, 4.5, 3.9, 4.2, 4.1, 4.0, 3.0];
    assert_eq!(told(&values, EarlyStopping::new(WATCHED))?.0, 3);
    assert_eq!(told(&values, EarlyStopping::new(WATCHED).patience(2))?.0, 6);
    assert_eq!(told(&values, EarlyStopping::new(WATCHED).patience(2).min_delta(0.2))?.0, 4);
    assert_eq!(told(&values, EarlyStopping::new(WATCHED).patience(4))?.0, 8);
    assert_eq!(told(&values, EarlyStopping::new(WATCHED).mode(Mode::Max))?.0, 2);
    assert_eq!(told(&values, EarlyStopping::new(WATCHED).start_from_epoch(3))?.0, 5);
    // Better, but not better than 3.95 until epoch 3: patience ends before.
    assert_eq!(told(&values, EarlyStopping::new(WATCHED).patience(2).baseline(3.95))?.0, 3);
    Ok(())
}

#[test]
fn the_best_weights_come_back() -> Result<()> {
    let (x, y) = data(8);
    let kept = RefCell::new(Vec::new());
    let values = [3.0, 1.0, 2.0, 2.0, 2.0];
    let script = LambdaCallback::new().on_epoch_end(|training, report| {
        report.set(WATCHED, values[training.epoch()]);
        let line = training.model::<Line>().expect("it is a Line");
        kept.borrow_mut().push(line.out.kernel().to_owned());
        Ok(())
    });
    let mut stopping = EarlyStopping::new(WATCHED).patience(2).restore_best_weights(true);
    let mut model = compiled(0.1);
    let fit = Fit::epochs(9).callback(script).callback(&mut stopping).batch_size(2);
    model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    assert_eq!((stopping.best_epoch(), stopping.stopped_epoch()), (1, Some(3)));
    assert_eq!(model.out.kernel(), kept.borrow()[1]);
    assert_ne!(model.out.kernel(), kept.borrow()[3]);
    Ok(())
}

#[test]
fn the_learning_rate_falls_on_a_plateau() -> Result<()> {
    let values = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let rates = |callback| told(&values, callback).map(|(_, rates)| rates);
    let near = |rates: Vec<f64>, expected: [f64; 7]| {
        assert!(rates.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{rates:?}");
    };
    near(rates(ReduceLROnPlateau::new(WATCHED).patience(2).factor(0.5))?, [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025]);
    near(
        rates(ReduceLROnPlateau::new(WATCHED).patience(1).cooldown(2).min_lr(0.02))?,
        [0.1, 0.1, 0.1, 0.02, 0.02, 0.02, 0.02],
    );
    Ok(())
}

#[test]
fn a_schedule_of_epochs() -> Result<()> {
    let (_, rates) =
        told(&[1.0; 4], LearningRateScheduler::new(|epoch, rate| if epoch < 2 { rate } else { rate / 2.0 }))?;
    assert_eq!(rates, [0.1, 0.1, 0.05, 0.025]);
    let error = told(&[1.0; 4], LearningRateScheduler::new(|_, _| f64::NAN)).unwrap_err().to_string();
    assert!(error.contains("returned NaN for epoch 0"), "{error}");
    Ok(())
}

#[test]
fn a_name_that_no_epoch_reports_is_an_error_before_the_first_step() {
    for callback in [&mut EarlyStopping::new("val_loss") as &mut dyn Callback, &mut ReduceLROnPlateau::new("accuracy")]
    {
        let error = told(&[1.0], callback).unwrap_err().to_string();
        assert!(error.contains("reports only loss, mean_absolute_error"), "{error}");
    }
    let error = told(&[1.0], EarlyStopping::new("val_loss")).unwrap_err().to_string();
    assert!(error.contains("add validation data"), "{error}");
    let error = told(&[1.0], ModelCheckpoint::new("{val_loss}.st")).unwrap_err().to_string();
    assert!(error.contains("names `val_loss`, which no epoch reports"), "{error}");
}

#[test]
fn checkpoints_of_the_best_epochs_can_be_loaded() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep").join("m-{epoch:02}-{mean_absolute_error:.1}.safetensors");
    let path = path.to_str().expect("plain letters");
    for weights_only in [true, false] {
        let mut best = ModelCheckpoint::new(path).monitor(WATCHED).save_best_only(true).save_weights_only(weights_only);
        told(&[3.0, 2.0, 2.5, 1.0], &mut best)?;
        let mut files: Vec<String> = std::fs::read_dir(folder.path().join("deep"))
            .expect("it was created")
            .map(|entry| entry.expect("a file").file_name().into_string().expect("plain letters"))
            .collect();
        files.sort();
        assert_eq!(files, ["m-01-3.0.safetensors", "m-02-2.0.safetensors", "m-04-1.0.safetensors"]);
        Line::new(0).load(best.last().expect("it has saved"))?;
    }
    Ok(())
}

#[test]
fn a_table_of_epochs() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.csv");
    told(&[3.0, 2.5], CSVLogger::new(&path))?;
    told(&[1.0], CSVLogger::new(&path).append(true))?;
    let text = std::fs::read_to_string(&path).expect("it was written");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "epoch,loss,mean_absolute_error");
    assert_eq!(lines.len(), 4);
    assert!(lines[1].starts_with("0,") && lines[1].ends_with(",3"), "{text}");
    assert!(lines[3].starts_with("0,") && lines[3].ends_with(",1"), "{text}");
    Ok(())
}

#[test]
fn every_place_is_called_in_order() -> Result<()> {
    let (x, y) = data(4);
    let calls = RefCell::new(Vec::new());
    let note = |call: &str, training: &Training<'_>| {
        calls.borrow_mut().push(format!("{call} {}.{}", training.epoch(), training.batch()));
        Ok(())
    };
    let all = LambdaCallback::new()
        .on_train_begin(|training| note("begin", training))
        .on_epoch_begin(|training| note("epoch", training))
        .on_batch_begin(|training| note("batch", training))
        .on_batch_end(|training| note("done", training))
        .on_epoch_end(|training, _| note("over", training))
        .on_train_end(|training, history| note(&format!("end of {}", history.epochs().len()), training));
    let fit = Fit::epochs(2).initial_epoch(1).callback(all).batch_size(2);
    compiled(0.1).fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    let expected =
        ["begin 1.0", "epoch 1.0", "batch 1.0", "done 1.1", "batch 1.1", "done 1.2", "over 1.2", "end of 1 2.0"];
    assert_eq!(*calls.borrow(), expected);
    Ok(())
}

#[test]
fn an_interrupt_ends_after_the_step_with_the_model_valid() -> Result<()> {
    let (x, y) = data(8);
    let interrupt = Interrupt::new();
    let switch = interrupt.clone();
    let turn = LambdaCallback::new().on_batch_end(move |training| {
        if (training.epoch(), training.batch()) == (1, 2) {
            switch.stop();
        }
        Ok(())
    });
    let mut model = compiled(0.1);
    let fit = Fit::epochs(5).callback(turn).callback(interrupt).batch_size(2);
    let history = model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    assert_eq!(history.epochs().len(), 2);
    assert!(history.last().expect("two epochs").loss.is_finite());
    assert!(model.predict(LineInputs { x: &x })?.output.iter().all(|y| y.is_finite()));
    Ok(())
}

#[test]
fn an_error_of_a_callback_ends_the_training() {
    let (x, y) = data(8);
    let fails = LambdaCallback::new().on_epoch_begin(|_| Err(Error::Training("no more".to_string())));
    let fit = Fit::epochs(5).callback(fails);
    let error = compiled(0.1).fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit).unwrap_err();
    assert_eq!(error.to_string(), "no more");
}

#[test]
fn the_first_layer_that_is_not_finite_is_named() {
    let (x, y) = data(8);
    let mut model = compiled(0.1);
    model.out.bias_mut().expect("it has one")[0] = f32::MAX;
    model.out.kernel_mut().fill(f32::MAX);
    let before = model.out.kernel().to_owned();
    let error = model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, Fit::epochs(1)).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("is `out` (Dense), in epoch 1, batch 1 of 1"), "{error}");
    assert_eq!(model.out.kernel(), before);
}

#[test]
fn curves_are_a_picture_in_one_call() -> Result<()> {
    let (x, y) = data(20);
    let fit = Fit::epochs(4).validation_split(0.2);
    let history = compiled(0.1).fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;
    let folder = tempfile::tempdir().expect("a folder");
    history.save_svg(folder.path().join("curves.svg"))?;
    let picture = std::fs::read_to_string(folder.path().join("curves.svg")).expect("it was written");
    assert_eq!(picture.matches("<polyline").count(), 4);
    assert!(picture.contains(">mean_absolute_error<") && picture.contains(">validation<"));
    Ok(())
}

#[test]
fn class_weights_are_sample_weights_by_class() -> Result<()> {
    model!(
        fn Classes(x: Input<3>) -> Output<3> {
            Dense(3, activation = softmax)(x)
        }
    );
    let (x, _) = data(9);
    let labels = Array1::from_shape_fn(9, |row| row as u32 % 3);
    let by_row: Vec<f64> = labels.iter().map(|label| [1.0, 0.25, 4.0][*label as usize]).collect();
    let one_hot: Array2<f32> = to_categorical(&labels, 3)?;
    let weights = |model: &Classes| model.dense.kernel().to_owned();

    let mut by_weight = Classes::new(1).compile(SGD::new(0.5), SparseCategoricalCrossentropy::new());
    let targets = ClassesTargets { output: &labels };
    by_weight.fit_arrays(ClassesInputs { x: &x }, targets, Fit::epochs(2).sample_weight(&by_row))?;
    let mut by_class = Classes::new(1).compile(SGD::new(0.5), SparseCategoricalCrossentropy::new());
    let fit = || Fit::epochs(2).class_weight([(1, 0.25), (2, 4.0)]);
    by_class.fit_arrays(ClassesInputs { x: &x }, targets, fit())?;
    assert_eq!(weights(&by_weight), weights(&by_class));
    let mut by_row = Classes::new(1).compile(SGD::new(0.5), CategoricalCrossentropy::new());
    by_row.fit_arrays(ClassesInputs { x: &x }, ClassesTargets { output: &one_hot }, fit())?;
    assert!((&weights(&by_row) - &weights(&by_class)).iter().all(|d| d.abs() < 1e-6));
    Ok(())
}

#[test]
fn weights_of_classes_that_a_loss_does_not_have_are_refused_before_the_first_step() -> Result<()> {
    model!(
        fn Spam(x: Input<3>) -> Output<1> {
            Dense(1, activation = sigmoid)(x)
        }
    );
    let (x, _) = data(4);
    let labels = Array1::from_shape_fn(4, |row| (row % 2) as f32);
    macro_rules! weighed {
        ($Model:ident, $Inputs:ident, $Targets:ident, $loss:expr, $class:expr) => {{
            let mut model = $Model::new(1).compile(SGD::new(0.1), $loss);
            let fit = Fit::epochs(1).class_weight([(0, 2.0), ($class, 0.5)]);
            let y = labels.clone().insert_axis(ndarray::Axis(1));
            let result = model.fit_arrays($Inputs { x: &x }, $Targets { output: &y }, fit);
            result.map(drop).map_err(|error| error.to_string())
        }};
    }
    let two = "there is a weight for class 2, but `output` has the classes 0 to 1\n\
               hint: leave class 2 out, or give `output` a number a class";
    for (class, wanted) in [(1, Ok(())), (2, Err(two.to_string()))] {
        assert_eq!(weighed!(Spam, SpamInputs, SpamTargets, BinaryCrossentropy::new(), class), wanted);
        assert_eq!(weighed!(Spam, SpamInputs, SpamTargets, BinaryFocalCrossentropy::new(), class), wanted);
        assert_eq!(weighed!(Line, LineInputs, LineTargets, BinaryCrossentropy::from_logits(), class), wanted);
        assert_eq!(weighed!(Line, LineInputs, LineTargets, Hinge::new(), class), wanted);
        assert_eq!(weighed!(Line, LineInputs, LineTargets, SquaredHinge::new(), class), wanted);
        // A number that counts may have any value.
        assert_eq!(weighed!(Line, LineInputs, LineTargets, MeanSquaredError::new(), class), Ok(()));
    }
    Ok(())
}

#[test]
fn epochs_of_steps_go_on_where_the_last_one_stopped() -> Result<()> {
    let (x, y) = data(12);
    let weights = |fit: Fit<'_>| {
        let data = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.shuffle(12, 5).batch(2);
        let mut model = compiled(0.1);
        let history = model.fit(&data, fit)?;
        Ok::<_, Error>((history.epochs().len(), model.out.kernel().to_owned()))
    };
    // 2 epochs of 6 batches, 3 of 4, and 12 of 1 see the same batches.
    let (_, expected) = weights(Fit::epochs(2))?;
    assert_eq!(weights(Fit::epochs(3).steps_per_epoch(4))?, (3, expected.clone()));
    assert_eq!(weights(Fit::epochs(12).steps_per_epoch(1))?, (12, expected.clone()));
    assert_ne!(weights(Fit::epochs(2).steps_per_epoch(5))?.1, expected);
    Ok(())
}

#[test]
fn validation_of_some_epochs_and_batches() -> Result<()> {
    let (x, y) = data(12);
    let data = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.batch(4);
    let first = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.take(8).batch(4);
    let mut model = compiled(0.0);
    let history = model.fit(&data, Fit::epochs(4).validation(&data).validation_freq(2).validation_steps(2))?;
    assert_eq!(history.metric("val_loss"), [model.evaluate(&first)?.loss; 2]);
    assert_eq!(history.metric("loss").len(), 4);
    Ok(())
}

#[test]
fn settings_that_train_nothing_are_refused() {
    let (x, y) = data(4);
    let fits = [
        (Fit::epochs(1).steps_per_epoch(0).batch_size(2), "an epoch of 0 steps"),
        (Fit::epochs(1).validation_freq(0).batch_size(2), "validation_freq of 0"),
        (Fit::epochs(1).validation_steps(0).batch_size(2), "0 validation_steps"),
        (Fit::epochs(1).class_weight([(3, -1.0)]).batch_size(2), "the weight of class 3 is -1"),
        (Fit::epochs(1).batch_size(0), "batch of 0 samples"),
        (Fit::epochs(1).sample_weight([1.0]), "1 sample weights for 4 samples"),
    ];
    for (fit, expected) in fits {
        let error = compiled(0.1).fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    for share in [1.0, -0.5, f64::NAN, 0.0] {
        let fit = Fit::epochs(1).validation_split(share);
        let error = compiled(0.1).fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit).unwrap_err();
        assert!(error.to_string().contains("validation_split"), "{error}");
    }
}

#[test]
fn weights_of_samples_count_in_weighted_metrics_only() -> Result<()> {
    let (x, y) = data(4);
    let weights = [1.0, 0.0, 0.0, 0.0];
    let data = Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?;
    let mut model = Line::new(3).compile(SGD::new(0.1), MeanSquaredError::new()).metrics((
        MAE::new(),
        Weighted(MAE::new()),
        LossMetric::new(Huber::new()),
        Weighted(LossMetric::new(Huber::new())),
    ));
    let all = model.evaluate(&data.clone().batch(3))?;
    let one = model.evaluate(&data.clone().take(1).batch(1))?;
    let report = model.evaluate(&data.sample_weights(weights)?.batch(3))?;
    assert_eq!(report.metric("mean_absolute_error"), all.metric("mean_absolute_error"));
    assert_eq!(report.metric("weighted_mean_absolute_error"), one.metric("mean_absolute_error"));
    assert!((report.metric("weighted_huber").unwrap() - one.metric("huber").unwrap()).abs() < 1e-7);
    assert!((report.metric("huber").unwrap() - all.metric("huber").unwrap()).abs() < 1e-7);
    Ok(())
}

#[test]
fn a_layer_may_learn_at_a_rate_of_its_own() -> Result<()> {
    let (x, y) = data(8);
    let after = |optimizer: SGD| {
        let mut model = Line::new(3).compile(optimizer, MeanSquaredError::new());
        model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, Fit::epochs(1).batch_size(8))?;
        Ok::<_, Error>((model.hidden.kernel().to_owned(), model.out.kernel().to_owned()))
    };
    let (hidden, out) = after(SGD::new(0.1))?;
    let (half_hidden, half_out) = after(SGD::new(0.2).layer_rate("out", 0.5).layer_rate("hidden", 0.0))?;
    assert_eq!(half_out, out);
    assert_eq!(half_hidden, Line::new(3).hidden.kernel());
    assert_ne!(half_hidden, hidden);
    let error = after(SGD::new(0.1).layer_rate("huden", 0.5)).unwrap_err().to_string();
    assert!(error.contains("for `huden`, but the layers with weights are hidden, out"), "{error}");
    Ok(())
}

#[test]
fn settings_of_optimizers_that_make_no_sense_are_refused() {
    let (x, y) = data(4);
    let optimizers = [
        (SGD::new(-0.1), "learning rate is -0.1"),
        (SGD::new(f64::NAN), "learning rate is NaN"),
        (SGD::new(0.1).clipnorm(0.0), "norm to clip at is 0"),
        (SGD::new(0.1).clipvalue(-1.0), "clipvalue is -1"),
        (SGD::new(0.1).weight_decay(f64::INFINITY), "weight_decay is inf"),
        (SGD::new(0.1).use_ema(1.5), "ema_momentum is 1.5"),
    ];
    for (optimizer, expected) in optimizers {
        let mut model = Line::new(3).compile(optimizer, MeanSquaredError::new());
        let error = model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, Fit::epochs(1)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_confusion_matrix_is_read_after_an_evaluation() -> Result<()> {
    model!(
        fn Same(x: Input<3>) -> Output<3> {
            softmax(x)
        }
    );
    let x = ndarray::array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0_f32]];
    let labels = ndarray::array![0_u8, 1, 2, 2];
    let mut model =
        Same::new(1).compile(SGD::new(0.1), SparseCategoricalCrossentropy::new()).metrics(ConfusionMatrix::new(3));
    let report = model.evaluate_arrays(SameInputs { x: &x }, SameTargets { output: &labels })?;
    assert_eq!(model.measured().matrix(), ndarray::array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]]);
    assert_eq!(report.iter().count(), 1);
    Ok(())
}

#[test]
fn a_callback_may_look_at_what_an_earlier_one_adds() -> Result<()> {
    let (x, y) = data(8);
    let gap = || {
        LambdaCallback::new().adds("gap").on_epoch_end(|training, report| {
            report.set("gap", [3.0, 2.0, 2.5, 1.0][training.epoch()]);
            Ok(())
        })
    };
    let fit = |fit: Fit<'_>| {
        compiled(0.1)
            .fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)
            .map(|history| history.epochs().len())
    };
    assert_eq!(fit(Fit::epochs(4).callback(gap()).callback(EarlyStopping::new("gap").mode(Mode::Min)))?, 3);
    // The other way round there would be nothing to see yet.
    let error = fit(Fit::epochs(4).callback(EarlyStopping::new("gap")).callback(gap())).unwrap_err().to_string();
    assert!(error.contains("EarlyStopping looks at `gap`, but an epoch reports only loss"), "{error}");
    Ok(())
}

#[test]
fn averaged_weights_are_validated_and_saved() -> Result<()> {
    let (x, y) = data(16);
    let all = || Ok::<_, Error>(Dataset::from_arrays(LineInputs { x: &x }, LineTargets { output: &y })?.batch(4));
    let optimizer = || SGD::new(0.1).use_ema(0.9);
    let train = |epochs: usize, callback: SwapEMAWeights, seen: &RefCell<Vec<f32>>| -> Result<(f64, Line)> {
        let mut model = Line::new(3).compile(optimizer(), MeanSquaredError::new());
        let watch = LambdaCallback::new().on_epoch_end(|training, _| {
            let model = training.model::<Line>().expect("it is a Line");
            seen.borrow_mut().push(model.out.kernel()[[0, 0]]);
            Ok(())
        });
        let history = model.fit(&all()?, Fit::epochs(epochs).validation(&all()?).callback(callback).callback(watch))?;
        Ok((history.metric("val_loss")[epochs - 1], model.into_model()))
    };
    // The end of a training has the average in place: its loss is what the last validation saw.
    for callback in [SwapEMAWeights::new(), SwapEMAWeights::new().swap_on_epoch(true)] {
        let (by_epoch, seen) = (RefCell::default(), RefCell::default());
        let (loss, one) = train(1, callback.clone(), &by_epoch)?;
        let (_, two) = train(2, callback.clone(), &seen)?;
        let last = |model: &Line| model.out.kernel()[[0, 0]];
        let averaged = one.compile(optimizer(), MeanSquaredError::new()).evaluate(&all()?)?.loss;
        let plain = Fit::epochs(2);
        let mut reference = Line::new(3).compile(optimizer(), MeanSquaredError::new());
        reference.fit(&all()?, plain)?;
        assert_eq!(last(&two), last(&reference), "swapping changes no training");
        if format!("{callback:?}").contains("swap_on_epoch: true") {
            assert_eq!(seen.borrow()[1], last(&two), "what later callbacks see is the average");
        } else {
            assert!((loss - averaged).abs() < 1e-9, "{loss} is not {averaged}");
            assert_ne!(seen.borrow()[1], last(&two));
        }
    }
    let mut plain = Line::new(3).compile(SGD::new(0.1), MeanSquaredError::new());
    let error = plain.fit(&all()?, Fit::epochs(1).callback(SwapEMAWeights::new())).unwrap_err().to_string();
    assert!(error.contains("use_ema"), "{error}");
    Ok(())
}

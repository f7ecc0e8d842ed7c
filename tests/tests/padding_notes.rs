//! Padded data that meet an Embedding without a mask are noted once, on the standard error.

use std::process::Command;

use formwork::data::Padding;
use formwork::prelude::*;
use ndarray::Array1;

model!(
    pub fn Encoder(ids: Input<_>) -> Output<4> {
        GlobalAveragePooling1D()(Embedding(9, 4)(ids))
    }
);

/// A model of texts and of three tags, all trained on texts of 1 to 4 words.
macro_rules! texts {
    ($model:ident, [$($text:tt)*], $ids:ident => $body:expr) => {
        mod $model {
            use super::*;

            model!(
                pub fn Model(text: Input<$($text)*>, tags: Input<3>) -> Output<1> {
                    let $ids = text;
                    let h = $body;
                    let t = Flatten()(Embedding(9, 4)(tags));
                    Dense(1)(Concatenate()(h, t))
                }
            );

            pub fn samples() -> Dataset<'static, (ModelSample, ModelTarget<Array1<f32>>)> {
                Dataset::from_iter((0..8).map(|n| {
                    let text = Array1::from_shape_fn(1 + n % 4, |k| ((n + k) % 8 + 1) as u32);
                    let tags = Array1::from_shape_fn(3, |k| k as u32);
                    (ModelSample { text, tags }, ModelTarget { output: ndarray::arr1(&[n as f32]) })
                }))
            }

            pub fn compiled() -> Compiled<Model, SGD, MeanSquaredError> {
                Model::new(1).compile(SGD::new(0.01), MeanSquaredError::new())
            }
        }
    };
}

texts!(silent, [_], ids => GlobalAveragePooling1D()(Embedding(9, 4, name = words)(ids)));
texts!(masked, [_], ids => GlobalAveragePooling1D()(Embedding(9, 4, mask_zero = true)(ids)));
texts!(meant, [_], ids => GlobalAveragePooling1D()(Embedding(9, 4, mask_zero = false)(ids)));
texts!(fixed, [6], ids => GlobalAveragePooling1D()(Embedding(9, 4)(ids)));
texts!(nested, [_, u32], ids => Encoder()(ids));
texts!(steps, [6], ids => Flatten()(TimeDistributed(Embedding(9, 4))(Reshape((6, 1))(ids))));

const CASE: &str = "FORMWORK_TEST_NOTES";

/// Run by the other tests in a process of its own; on its own it shows nothing.
#[test]
fn child() -> Result<()> {
    let Ok(case) = std::env::var(CASE) else { return Ok(()) };
    let fit = || Fit::epochs(2);
    macro_rules! fit {
        ($model:ident, $fit:expr, $($step:tt)*) => {{
            let data = $model::samples().$($step)*;
            let mut model = $model::compiled();
            model.fit(&data, $fit)?;
            model.evaluate(&data)?;
            model.fit(&data, $fit.validation(&data))?;
        }};
    }
    match case.as_str() {
        "padded_batch" => fit!(silent, fit(), padded_batch(3)),
        "later steps" => fit!(
            silent,
            fit(),
            padded(4)
                .map(|sample| sample)
                .filter(|_| true)
                .shuffle(8, 1)
                .repeat(2)
                .take(9)
                .skip(1)
                .cache()
                .batch(4)
                .drop_remainder()
                .take(2)
                .skip(1)
                .prefetch(1)
        ),
        "evaluate" => {
            silent::compiled().evaluate(&silent::samples().padded_batch(3))?;
        }
        "nested" => fit!(nested, fit(), padded_batch(3)),
        "of that length" => fit!(fixed, fit(), padded(6).batch(3)),
        "each step" => fit!(steps, fit(), padded(6).batch(3)),
        "not by zero" => fit!(silent, fit(), padded_batch_with(3, Padding::pre().value(8.0))),
        "verbose = 0" => fit!(silent, fit().verbose(0), padded_batch(3)),
        "not padded" => fit!(silent, fit(), filter(|(x, _)| x.text.len() == 4).batch(3)),
        "masked" => fit!(masked, fit(), padded_batch(3)),
        "meant" => fit!(meant, fit(), padded_batch(3)),
        other => panic!("no case {other}"),
    }
    Ok(())
}

/// What a case writes to the standard error.
fn notes(case: &str) -> String {
    let child = Command::new(std::env::current_exe().expect("this test is a program"))
        .args(["--exact", "child", "--nocapture"])
        .env(CASE, case)
        .output()
        .expect("it starts");
    assert!(child.status.success(), "{case}: {}", String::from_utf8_lossy(&child.stdout));
    String::from_utf8(child.stderr).expect("it is text")
}

#[test]
fn a_padded_input_without_a_mask_is_noted_once() {
    let note = "note: `text` is padded, but the Embedding `words` makes no mask, so that what follows takes padding for data\n\
                hint: write mask_zero = true to have padding skipped, or mask_zero = false if this is meant\n";
    for case in ["padded_batch", "later steps", "evaluate"] {
        assert_eq!(notes(case), note, "{case}");
    }
    for (case, layer) in
        [("nested", "Encoder.embedding"), ("of that length", "embedding"), ("each step", "time_distributed")]
    {
        assert_eq!(notes(case), note.replace("words", layer), "{case}");
    }
    let other = note.replace("write mask_zero = true", "pad with 0 and write mask_zero = true");
    assert_eq!(notes("not by zero"), other);
}

#[test]
fn nothing_is_noted_where_nothing_is_padded_or_padding_is_meant() {
    for case in ["verbose = 0", "not padded", "masked", "meant"] {
        assert_eq!(notes(case), "", "{case}");
    }
}

#[test]
fn ids_of_each_step_are_checked() {
    let data = steps::samples().map(|(mut x, y)| {
        x.text[0] = 9;
        (x, y)
    });
    let error = steps::compiled().fit(&data.padded(6).batch(2), Fit::epochs(1)).expect_err("9 is no id").to_string();
    assert!(error.contains("id 9") && error.contains("`text`") && error.contains("0..9"), "{error}");
}

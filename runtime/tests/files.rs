//! Weights in files: what comes back is what was saved, and nothing that is wrong gets in.

mod tiny;

use std::fs;

use formwork::prelude::*;
use ndarray::Array2;
use tempfile::tempdir;
use tiny::{Tiny, TinyInputs};

#[test]
fn a_loaded_model_predicts_as_the_saved_one() -> Result<()> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("tiny.safetensors");
    let model = Tiny::new(1);
    model.save(&path)?;
    let mut fresh = Tiny::new(2);
    let x = Array2::from_elem((2, 4), 0.5);
    assert_ne!(model.predict(TinyInputs { x: &x })?.output, fresh.predict(TinyInputs { x: &x })?.output);
    fresh.load(&path)?;
    assert_eq!(model.predict(TinyInputs { x: &x })?.output, fresh.predict(TinyInputs { x: &x })?.output);
    // Only the file is left in the folder.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    Ok(())
}

#[test]
fn double_precision_comes_back_exactly_and_is_not_taken_for_single() -> Result<()> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("tiny.safetensors");
    let model = Tiny::<f64>::with_element(1);
    model.save(&path)?;
    let mut fresh = Tiny::<f64>::with_element(2);
    fresh.load(&path)?;
    assert_eq!(model.dense.data(0), fresh.dense.data(0));
    let mut single = Tiny::new(3);
    let before = single.dense.data(0).to_vec();
    let message = single.load(&path).unwrap_err().to_string();
    assert!(message.contains("`dense/kernel` holds F64, but the model computes in f32"), "{message}");
    assert_eq!(single.dense.data(0), before);
    Ok(())
}

#[test]
fn a_save_that_fails_leaves_the_old_file() -> Result<()> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("tiny.safetensors");
    let model = Tiny::new(1);
    model.save(&path)?;
    let old = fs::read(&path).unwrap();
    // A directory cannot be replaced by a file: the last step of saving fails.
    let taken = folder.path().join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    let message = model.save(&taken).unwrap_err().to_string();
    assert!(message.contains("taken") && message.contains("cannot be written"), "{message}");
    assert!(taken.join("inside").exists());
    assert_eq!(fs::read(&path).unwrap(), old);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left behind");
    let nowhere = folder.path().join("no such folder").join("tiny.safetensors");
    assert!(model.save(&nowhere).unwrap_err().to_string().contains("no such folder"));
    Ok(())
}

#[test]
fn a_bad_file_is_named_and_changes_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("bad.safetensors");
    let mut model = Tiny::new(1);
    let before = model.dense.data(0).to_vec();
    model.save(&path).unwrap();
    let good = fs::read(&path).unwrap();
    let mut flipped: Vec<Vec<u8>> = (0..good.len().min(80))
        .map(|i| {
            let mut bytes = good.clone();
            bytes[i] ^= 0x55;
            bytes
        })
        .collect();
    flipped.extend((0..good.len()).map(|len| good[..len].to_vec()));
    flipped.push(b"PK\x03\x04 a zip file, not weights".to_vec());
    flipped.push([&u64::MAX.to_le_bytes()[..], &good[8..]].concat());
    flipped.push([&99_999_999_u64.to_le_bytes()[..], &good[8..]].concat());
    for bytes in flipped {
        fs::write(&path, &bytes).unwrap();
        if let Err(error) = model.load(&path) {
            assert!(error.to_string().contains("bad.safetensors"), "{error}");
            assert_eq!(model.dense.data(0), before);
        }
    }
    fs::remove_file(&path).unwrap();
    assert!(model.load(&path).unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn every_mismatch_is_listed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("other.safetensors");
    let bytes = [0_u8; 24];
    let view =
        |shape: Vec<usize>| safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, &bytes).unwrap();
    let tensors = [("dense/kernel", view(vec![3, 2])), ("dense/bias", view(vec![6]))];
    fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    let message = Tiny::new(1).load(&path).unwrap_err().to_string();
    assert!(message.contains("`dense/kernel` has shape [3, 2], but needs [4, 3]"), "{message}");
    assert!(message.contains("`dense/bias` is not in the model"), "{message}");
}

#[test]
fn a_summary_looks_as_keras_prints_it() {
    let expected = "\
Model: \"Tiny\"
┏━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)  ┃ Output Shape ┃ Param # ┃
┡━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ dense (Dense) │ (None, 3)    │      12 │
└───────────────┴──────────────┴─────────┘
 Total params: 12 (48.00 B)
 Trainable params: 12 (48.00 B)
 Non-trainable params: 0 (0.00 B)
";
    assert_eq!(Tiny::new(1).summary().to_string(), expected);
}

//! Event files, as TensorBoard reads them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::Array2;

model!(
    fn Line(x: Input<3>) -> Output<1> {
        Dense(1)(x)
    }
);

/// CRC-32C, bit by bit, turned and shifted as files of records want it.
fn checksum(data: &[u8]) -> [u8; 4] {
    let step = |crc: u32| (0..8).fold(crc, |crc, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1)));
    let crc = !data.iter().fold(u32::MAX, |crc, byte| step(crc ^ u32::from(*byte)));
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// The records of the one file in a folder: a length, its checksum, the data, their checksum.
fn records(folder: &Path) -> Vec<Vec<u8>> {
    let files: Vec<PathBuf> = std::fs::read_dir(folder).expect("it exists").map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].file_name().unwrap().to_str().unwrap().starts_with("events.out.tfevents."));
    let bytes = std::fs::read(&files[0]).expect("it can be read");
    let (mut rest, mut records) = (&bytes[..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk() {
        assert_eq!(after[..4], checksum(length), "of the length of record {}", records.len());
        let length = u64::from_le_bytes(*length) as usize;
        records.push(after[4..4 + length].to_vec());
        assert_eq!(after[4 + length..][..4], checksum(&after[4..4 + length]), "of record {}", records.len() - 1);
        rest = &after[4 + length + 4..];
    }
    assert!(rest.is_empty());
    records
}

/// The tags that a record may hold.
fn tags(records: &[Vec<u8>]) -> BTreeSet<&'static str> {
    let known = ["epoch_loss", "epoch_mean_absolute_error", "epoch_learning_rate", "batch_loss"];
    let holds = |record: &[u8], tag: &str| record.windows(tag.len()).any(|part| part == tag.as_bytes());
    known.into_iter().filter(|tag| records.iter().any(|record| holds(record, tag))).collect()
}

/// With FORMWORK_TEST_LOGS the files stay in that folder: `tensorboard --logdir` shows them.
#[test]
fn losses_and_metrics_of_epochs_and_steps() -> Result<()> {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = std::env::var_os("FORMWORK_TEST_LOGS").map_or_else(|| temporary.path().join("logs"), PathBuf::from);
    let x: Array2<f32> = numbers(1, (20, 3));
    let y = x.sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1));
    let mut model = Line::new(1).compile(SGD::new(0.1), MeanSquaredError::new()).metrics(MAE::new());
    let fit = Fit::epochs(5).callback(TensorBoard::new(&folder).update_freq(2)).batch_size(4).validation_split(0.2);
    model.fit_arrays(LineInputs { x: &x }, LineTargets { output: &y }, fit)?;

    let train = records(&folder.join("train"));
    assert_eq!(
        tags(&train).into_iter().collect::<Vec<_>>(),
        ["batch_loss", "epoch_learning_rate", "epoch_loss", "epoch_mean_absolute_error"]
    );
    // The version; in 5 epochs of 4 steps each 3 values an epoch, and 2 every second step.
    assert_eq!(train.len(), 1 + 5 * 3 + 10 * 2);
    let validation = records(&folder.join("validation"));
    assert_eq!(tags(&validation).into_iter().collect::<Vec<_>>(), ["epoch_loss", "epoch_mean_absolute_error"]);
    assert_eq!(validation.len(), 1 + 5 * 2);
    Ok(())
}

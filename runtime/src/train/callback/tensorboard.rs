//! Event files of TensorBoard: records of protocol buffers, each with its length and checksums.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Callback, Training};
use crate::train::report::Report;
use crate::{Error, Result};

/// Writes the losses and metrics of each epoch for TensorBoard: `tensorboard --logdir logs` shows them.
///
/// As Keras does, it writes to `train` and `validation` in the folder, under `epoch_loss`, `epoch_accuracy` and so on.
#[derive(Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    /// Every so many steps, if at all.
    every: Option<usize>,
    train: Option<Events>,
    validation: Option<Events>,
}

impl TensorBoard {
    /// Writes to this folder, which is created.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        TensorBoard { folder: log_dir.into(), every: None, train: None, validation: None }
    }

    /// Writes the values so far every so many steps, too, under `batch_loss` and so on.
    pub fn update_freq(mut self, steps: usize) -> Self {
        self.every = Some(steps);
        self
    }
}

impl Callback for TensorBoard {
    fn on_train_begin(&mut self, _: &mut Training<'_>) -> Result<()> {
        if self.every == Some(0) {
            return Err(Error::Training("TensorBoard every 0 steps writes nothing: give at least 1".to_string()));
        }
        (self.train, self.validation) = (None, None);
        Ok(())
    }

    fn on_batch_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        if !self.every.is_some_and(|every| training.step().is_multiple_of(every as u64)) {
            return Ok(());
        }
        let (step, report) = (training.step(), training.report());
        let events = opened(&mut self.train, &self.folder, "train")?;
        report.iter().try_for_each(|(name, value)| events.scalar(&format!("batch_{name}"), step, value))
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        let epoch = training.epoch() as u64;
        for (name, value) in report.iter() {
            let (events, name) = match name.strip_prefix("val_") {
                Some(name) => (opened(&mut self.validation, &self.folder, "validation")?, name),
                None => (opened(&mut self.train, &self.folder, "train")?, name),
            };
            events.scalar(&format!("epoch_{name}"), epoch, value)?;
        }
        let events = opened(&mut self.train, &self.folder, "train")?;
        if report.metric("learning_rate").is_none() {
            events.scalar("epoch_learning_rate", epoch, training.learning_rate())?;
        }
        Ok(())
    }
}

fn opened<'a>(events: &'a mut Option<Events>, folder: &Path, part: &str) -> Result<&'a mut Events> {
    let new = match events.take() {
        Some(events) => events,
        None => Events::create(&folder.join(part))?,
    };
    Ok(events.insert(new))
}

/// A file of events.
#[derive(Debug)]
struct Events {
    path: PathBuf,
    file: File,
}

impl Events {
    fn create(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, format!("cannot be created: {error}")))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Two files of one second are two runs: TensorBoard reads them in the order of their names.
        let name = format!("events.out.tfevents.{}.{:09}.{}", now.as_secs(), now.subsec_nanos(), std::process::id());
        let path = folder.join(name);
        let file =
            File::create_new(&path).map_err(|error| Error::file(&path, format!("cannot be created: {error}")))?;
        let mut events = Events { path, file };
        let mut event = time();
        field_bytes(&mut event, 3, b"brain.Event:2");
        events.record(&event)?;
        Ok(events)
    }

    /// `Event { wall_time, step, summary: { value: { tag, metadata, simple_value } } }`
    fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<()> {
        let mut plugin = Vec::new();
        field_bytes(&mut plugin, 1, b"scalars");
        let mut metadata = Vec::new();
        field_bytes(&mut metadata, 1, &plugin);
        let mut entry = Vec::new();
        field_bytes(&mut entry, 1, tag.as_bytes());
        entry.push(2 << 3 | 5);
        entry.extend_from_slice(&(value as f32).to_le_bytes());
        field_bytes(&mut entry, 9, &metadata);
        let mut summary = Vec::new();
        field_bytes(&mut summary, 1, &entry);
        let mut event = time();
        event.push(2 << 3);
        varint(&mut event, step);
        field_bytes(&mut event, 5, &summary);
        self.record(&event)
    }

    fn record(&mut self, data: &[u8]) -> Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(data.len() + 16);
        record.extend_from_slice(&length);
        record.extend_from_slice(&checksum(&length).to_le_bytes());
        record.extend_from_slice(data);
        record.extend_from_slice(&checksum(data).to_le_bytes());
        let written = self.file.write_all(&record);
        written.map_err(|error| Error::file(&self.path, format!("cannot be written: {error}")))
    }
}

/// An event that has a time and nothing else yet.
fn time() -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let mut event = vec![1 << 3 | 1];
    event.extend_from_slice(&now.to_le_bytes());
    event
}

/// A length-delimited field of a protocol buffer.
fn field_bytes(message: &mut Vec<u8>, number: u8, data: &[u8]) {
    message.push(number << 3 | 2);
    varint(message, data.len() as u64);
    message.extend_from_slice(data);
}

fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// The masked CRC-32C of a record file.
fn checksum(data: &[u8]) -> u32 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    CRC.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::{Callback, Training};
use crate::train::report::Report;
use crate::{Error, Result};

/// Writes a row of each epoch's report to a file of comma-separated values: `epoch,accuracy,loss,val_loss`, the names in
/// alphabetical order. What an epoch does not report is `NA`.
#[derive(Debug)]
pub struct CSVLogger {
    path: PathBuf,
    separator: char,
    append: bool,
    file: Option<File>,
    columns: Vec<String>,
}

impl CSVLogger {
    /// Writes to this file anew.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        CSVLogger { path: path.into(), separator: ',', append: false, file: None, columns: Vec::new() }
    }

    /// What stands between values; a comma by default.
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = separator;
        self
    }

    /// Adds to a file that exists, to go on with a training; false by default.
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    fn line(&mut self, cells: &[String]) -> Result<()> {
        let text = cells.join(&self.separator.to_string()) + "\n";
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(text.as_bytes()).map_err(|error| Error::file(&self.path, format!("cannot be written: {error}")))
    }
}

impl Callback for CSVLogger {
    fn on_train_begin(&mut self, _: &mut Training<'_>) -> Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).append(self.append).truncate(!self.append);
        let file = options.open(&self.path);
        self.file = Some(file.map_err(|error| Error::file(&self.path, format!("cannot be opened: {error}")))?);
        self.columns.clear();
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        if self.columns.is_empty() {
            // An epoch without validation has its columns, too.
            self.columns = training.names();
            self.columns.extend(report.iter().map(|(name, _)| name.to_string()));
            self.columns.sort_unstable();
            self.columns.dedup();
            let empty = self.file.as_ref().and_then(|file| file.metadata().ok()).is_none_or(|about| about.len() == 0);
            if empty {
                let names: Vec<String> = std::iter::once("epoch".into()).chain(self.columns.iter().cloned()).collect();
                self.line(&names)?;
            }
        }
        let values = self.columns.iter().map(|name| report.metric(name).map_or("NA".to_string(), |v| v.to_string()));
        let cells: Vec<String> = std::iter::once(training.epoch().to_string()).chain(values).collect();
        self.line(&cells)
    }
}

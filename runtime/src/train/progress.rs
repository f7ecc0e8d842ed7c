//! What a training shows on the way.

use std::io::Write;

use super::report::{Log, Report};

/// A progress bar for one epoch in a terminal; one plain line at its end elsewhere; or nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    line: Option<String>,
    #[cfg(feature = "progress")]
    bar: Option<indicatif::ProgressBar>,
}

impl Progress {
    pub(crate) fn start(verbose: bool, epoch: usize, epochs: usize, batches: usize) -> Self {
        let line = verbose.then(|| format!("epoch {}/{epochs}", epoch + 1));
        Progress {
            #[cfg(feature = "progress")]
            bar: line.as_ref().and_then(|line| bar(line, batches as u64)),
            #[cfg(not(feature = "progress"))]
            line: line.filter(|_| batches > 0),
            #[cfg(feature = "progress")]
            line,
        }
    }

    pub(crate) fn batch(&mut self, log: &Log) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &self.bar {
            bar.inc(1);
            // The bar draws itself a few times a second; a message for every batch would cost more than it shows.
            if bar.position().is_multiple_of(8) {
                bar.set_message(format!("loss: {:.4}", log.loss()));
            }
        }
        #[cfg(not(feature = "progress"))]
        let _ = log;
    }

    pub(crate) fn finish(self, report: &Report) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &self.bar {
            bar.finish_with_message(report.to_string());
            return;
        }
        if let Some(line) = self.line {
            // Nobody may be listening any more, which is no reason to stop training.
            let _ = writeln!(std::io::stdout(), "{line} - {report}");
        }
    }
}

#[cfg(feature = "progress")]
fn bar(line: &str, batches: u64) -> Option<indicatif::ProgressBar> {
    use std::io::IsTerminal;

    if !std::io::stderr().is_terminal() {
        return None;
    }
    let template = "{prefix} {bar:30} {pos}/{len} {elapsed} {msg}";
    let style = indicatif::ProgressStyle::with_template(template).ok()?;
    Some(indicatif::ProgressBar::new(batches).with_style(style).with_prefix(line.to_string()))
}

//! What a training shows on the way.

use std::io::Write;

use super::fit::Verbose;
use super::report::Report;

/// A progress bar for one epoch in a terminal; one plain line at its end elsewhere; or nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    line: Option<String>,
    #[cfg(feature = "progress")]
    bar: Option<Bar>,
}

#[cfg(feature = "progress")]
#[derive(Debug)]
struct Bar {
    bar: indicatif::ProgressBar,
    shown: std::time::Instant,
}

impl Progress {
    /// `batches` is none where nobody knows how many there are.
    pub(crate) fn start(verbose: Verbose, epoch: usize, epochs: usize, batches: Option<usize>) -> Self {
        let title = || format!("Epoch {}/{epochs}", epoch + 1);
        #[cfg(feature = "progress")]
        let bar = if matches!(verbose, Verbose::Auto | Verbose::Bar) { Bar::new(title(), batches) } else { None };
        #[cfg(not(feature = "progress"))]
        let _ = batches;
        Progress {
            line: matches!(verbose, Verbose::Bar | Verbose::Lines).then(title),
            #[cfg(feature = "progress")]
            bar,
        }
    }

    /// A batch is done. The bar draws itself a few times a second; `report` is asked only then.
    pub(crate) fn batch(&mut self, report: impl FnOnce() -> Report) {
        #[cfg(feature = "progress")]
        if let Some(Bar { bar, shown }) = &mut self.bar {
            bar.inc(1);
            if shown.elapsed() >= REDRAW {
                *shown = std::time::Instant::now();
                bar.set_message(report().to_string());
            }
        }
        #[cfg(not(feature = "progress"))]
        let _ = report;
    }

    pub(crate) fn finish(self, report: &Report) {
        #[cfg(feature = "progress")]
        if let Some(Bar { bar, .. }) = &self.bar {
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
const REDRAW: std::time::Duration = std::time::Duration::from_millis(100);

#[cfg(feature = "progress")]
impl Bar {
    fn new(title: String, batches: Option<usize>) -> Option<Self> {
        use std::io::IsTerminal;

        if !std::io::stderr().is_terminal() {
            return None;
        }
        let (bar, template) = match batches {
            Some(batches) => (
                indicatif::ProgressBar::new(batches as u64),
                "{prefix} {pos}/{len} {bar:24} {elapsed} (left {eta}, {per_sec}) - {msg}",
            ),
            None => (indicatif::ProgressBar::new_spinner(), "{prefix} {pos} {spinner} {elapsed} ({per_sec}) - {msg}"),
        };
        let style = indicatif::ProgressStyle::with_template(template).ok()?;
        let bar = bar.with_style(style).with_prefix(title);
        Some(Bar { bar, shown: std::time::Instant::now() })
    }
}

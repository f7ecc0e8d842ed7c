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
    /// Has a line of the terminal no room for everything?
    narrow: bool,
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
        if let Some(Bar { bar, shown, .. }) = &mut self.bar {
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
        if let Some(Bar { bar, narrow, .. }) = &self.bar {
            if let (true, Ok(style)) = (*narrow, indicatif::ProgressStyle::with_template("{prefix} - {msg}")) {
                // What has been cut off on the way is shown whole at the end.
                bar.set_style(style);
            }
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
        let bar = match batches {
            Some(batches) => indicatif::ProgressBar::new(batches as u64),
            None => indicatif::ProgressBar::new_spinner(),
        };
        let narrow = console::Term::stderr().size_checked().is_some_and(|(_, columns)| columns < WIDE);
        let template = match (batches.is_some(), narrow) {
            (true, false) => "{prefix} {pos}/{len} {bar:24} {elapsed} (left {eta}, {pace}) - {msg}",
            (false, false) => "{prefix} {pos} {spinner} {elapsed} ({pace}) - {msg}",
            (true, true) => "{prefix} {pos}/{len} (left {eta}) {wide_msg}",
            (false, true) => "{prefix} {pos} {wide_msg}",
        };
        let pace = |state: &indicatif::ProgressState, text: &mut dyn std::fmt::Write| {
            // A terminal that cannot be written to shows nothing.
            let _ = text.write_str(&pace(state.per_sec()));
        };
        let style = indicatif::ProgressStyle::with_template(template).ok()?.with_key("pace", pace);
        let bar = bar.with_style(style).with_prefix(title);
        Some(Bar { bar, narrow, shown: std::time::Instant::now() })
    }
}

/// Columns that a line with a bar needs, with some values behind it.
#[cfg(feature = "progress")]
const WIDE: u16 = 100;

/// How long a step takes, as Keras says it: `12ms/step`.
#[cfg(feature = "progress")]
fn pace(steps_per_second: f64) -> String {
    let seconds = 1.0 / steps_per_second;
    match seconds {
        _ if !seconds.is_finite() => String::new(),
        ..1e-3 => format!("{:.0}us/step", seconds * 1e6),
        ..1.0 => format!("{:.0}ms/step", seconds * 1e3),
        _ => format!("{seconds:.1}s/step"),
    }
}

#[cfg(all(test, feature = "progress"))]
mod tests {
    use super::pace;

    #[test]
    fn a_pace_has_the_unit_that_it_needs() {
        assert_eq!([2e4, 125.0, 0.4, 0.0].map(pace), ["50us/step", "8ms/step", "2.5s/step", ""]);
    }
}

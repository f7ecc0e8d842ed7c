//! What a training shows on the way.

use std::io::Write;

use super::fit::Verbose;
use super::report::Report;

/// A progress bar for one epoch in a terminal; one plain line at its end elsewhere; or nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    line: Option<String>,
    #[cfg(feature = "progress")]
    bar: Option<bar::Bar>,
}

impl Progress {
    /// `batches` is none where nobody knows how many there are.
    pub(crate) fn start(verbose: Verbose, epoch: usize, epochs: usize, batches: Option<usize>) -> Self {
        let title = || format!("Epoch {}/{epochs}", epoch + 1);
        #[cfg(feature = "progress")]
        let bar = if matches!(verbose, Verbose::Auto | Verbose::Bar) { bar::Bar::new(title(), batches) } else { None };
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
        if let Some(bar) = &mut self.bar {
            bar.batch(report);
        }
        #[cfg(not(feature = "progress"))]
        let _ = report;
    }

    pub(crate) fn finish(self, report: &Report) {
        #[cfg(feature = "progress")]
        if let Some(bar) = self.bar {
            return bar.finish(report);
        }
        if let Some(line) = self.line {
            // Nobody may be listening any more, which is no reason to stop training.
            let _ = writeln!(std::io::stdout(), "{line} - {report}");
        }
    }
}

#[cfg(feature = "progress")]
mod bar {
    use std::time::{Duration, Instant};

    use console::Term;
    use indicatif::{ProgressBar, ProgressStyle};

    use super::Report;

    /// How often a terminal is written to, at the most.
    const REDRAW: Duration = Duration::from_millis(100);

    /// The places of a bar that is full.
    const PLACES: usize = 20;

    #[derive(Debug)]
    pub(super) struct Bar {
        bar: ProgressBar,
        begun: Instant,
        shown: Instant,
        done: Done,
    }

    /// How far an epoch has come.
    #[derive(Debug)]
    struct Done {
        title: String,
        batches: usize,
        of: Option<usize>,
    }

    impl Bar {
        pub(super) fn new(title: String, of: Option<usize>) -> Option<Self> {
            if !Term::stderr().is_term() {
                return None;
            }
            let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template("{msg}").ok()?);
            let now = Instant::now();
            Some(Bar { bar, begun: now, shown: now, done: Done { title, batches: 0, of } })
        }

        pub(super) fn batch(&mut self, report: impl FnOnce() -> Report) {
            self.done.batches += 1;
            if self.shown.elapsed() >= REDRAW {
                self.shown = Instant::now();
                self.bar.set_message(self.done.drawn(self.begun.elapsed(), &report(), width()));
            }
        }

        pub(super) fn finish(self, report: &Report) {
            self.bar.finish_and_clear();
            // The terminal may be gone.
            let _ = Term::stderr().write_line(&self.done.last(self.begun.elapsed(), report, width()));
        }
    }

    /// The columns of the terminal, or what the environment says.
    fn width() -> usize {
        let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        said.unwrap_or_else(|| usize::from(Term::stderr().size().1)).max(20)
    }

    impl Done {
        /// `Epoch 1/5 12/47 ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 3s 25ms/step`, with the time that is left until it is over.
        fn head(&self, elapsed: Duration, over: bool, places: usize) -> String {
            let Done { title, batches, of } = self;
            let each = elapsed.checked_div(*batches as u32).unwrap_or_default();
            let (count, bar, time) = match of.or(over.then_some(*batches)) {
                Some(of) => {
                    let full = (batches * places).checked_div(of).unwrap_or(places).min(places);
                    let bar = "━".repeat(full) + &"╌".repeat(places - full);
                    let left = each.saturating_mul(of.saturating_sub(*batches) as u32);
                    (format!("{batches}/{of}"), bar, if over { elapsed } else { left })
                }
                None => (batches.to_string(), String::new(), elapsed),
            };
            let gap = if bar.is_empty() { "" } else { " " };
            format!("{title} {count} {bar}{gap}{} {}/step", clock(time), short(each))
        }

        /// While an epoch lasts: one line, whatever there is no room for left out.
        fn drawn(&self, elapsed: Duration, report: &Report, width: usize) -> String {
            let line = format!("{} - {report}", self.head(elapsed, false, if width < 80 { 0 } else { PLACES }));
            // The last column belongs to the cursor.
            line.chars().take(width - 1).collect()
        }

        /// At the end of it: everything, on several lines where one is too short.
        fn last(&self, elapsed: Duration, report: &Report, width: usize) -> String {
            let report = report.to_string();
            let fits = |line: &String| line.chars().count() < width;
            let head = self.head(elapsed, true, PLACES);
            let line = format!("{head} - {report}");
            if fits(&line) {
                return line;
            }
            let mut text = if fits(&head) { head } else { self.head(elapsed, true, 0) };
            let mut used = usize::MAX;
            for part in report.split(" - ") {
                let more = part.chars().count() + 3;
                if used.saturating_add(more) < width {
                    text += " - ";
                    used += more;
                } else {
                    text += "\n  ";
                    used = more - 1;
                }
                text += part;
            }
            text
        }
    }

    /// `59s`, `3:05`, `2:00:01`
    fn clock(time: Duration) -> String {
        let seconds = time.as_secs();
        match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
            (0, 0, seconds) => format!("{seconds}s"),
            (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
            (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
        }
    }

    /// `12us`, `3ms`, `2s`
    fn short(time: Duration) -> String {
        match time.as_micros() {
            micros @ 0..1_000 => format!("{micros}us"),
            micros @ 1_000..1_000_000 => format!("{}ms", micros / 1_000),
            micros => format!("{}s", micros / 1_000_000),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn report() -> Report {
            let mut report = Report::default();
            for (name, value) in [("loss", 0.531), ("accuracy", 0.75), ("val_loss", 1.25), ("val_accuracy", 0.5)] {
                report.set(name, value);
            }
            report
        }

        fn done(batches: usize, of: Option<usize>) -> Done {
            Done { title: "Epoch 2/10".to_string(), batches, of }
        }

        #[test]
        fn a_line_tells_what_is_done_and_the_time_that_is_left() {
            let line = done(12, Some(48)).drawn(Duration::from_millis(1_200), &report(), 200);
            assert_eq!(
                line,
                "Epoch 2/10 12/48 ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 3s 100ms/step - loss: 0.5310 - accuracy: 0.7500 - val_loss: 1.2500 - \
                 val_accuracy: 0.5000"
            );
            let line = done(48, Some(48)).last(Duration::from_secs(125), &report(), 200);
            assert!(line.starts_with("Epoch 2/10 48/48 ━━━━━━━━━━━━━━━━━━━━ 2:05 2s/step - loss: 0.5310"), "{line}");
            // A stream says how many there were once it is over.
            let line = done(7, None).drawn(Duration::from_micros(700), &report(), 200);
            assert!(line.starts_with("Epoch 2/10 7 0s 100us/step - loss"), "{line}");
            let line = done(7, None).last(Duration::from_micros(700), &report(), 200);
            assert!(line.starts_with("Epoch 2/10 7/7 ━━━━━━━━━━━━━━━━━━━━ 0s 100us/step - loss"), "{line}");
            assert!(done(0, Some(0)).last(Duration::ZERO, &report(), 200).contains("0/0 ━━"));
        }

        #[test]
        fn nothing_is_wider_than_the_terminal() {
            for width in 20..120 {
                let line = done(12, Some(48)).drawn(Duration::from_secs(1), &report(), width);
                assert!(line.chars().count() < width, "{width}: {line}");
                let text = done(48, Some(48)).last(Duration::from_secs(1), &report(), width);
                for value in ["loss: 0.5310", "accuracy: 0.7500", "val_loss: 1.2500", "val_accuracy: 0.5000"] {
                    assert!(text.contains(value), "{width}: {text}");
                }
                assert!(width < 35 || text.lines().all(|line| line.chars().count() < width), "{width}: {text}");
            }
            let text = done(48, Some(48)).last(Duration::from_secs(1), &report(), 40);
            let lines = ["Epoch 2/10 48/48 1s 20ms/step", "  loss: 0.5310 - accuracy: 0.7500", "  val_loss: 1.2500"];
            assert_eq!(text, lines.join("\n") + "\n  val_accuracy: 0.5000");
        }

        #[test]
        fn times_are_short() {
            let times = [7, 65, 7_265].map(|seconds| clock(Duration::from_secs(seconds)));
            assert_eq!(times, ["7s", "1:05", "2:01:05"]);
            let times = [9, 1_500, 2_500_000].map(|micros| short(Duration::from_micros(micros)));
            assert_eq!(times, ["9us", "1ms", "2s"]);
        }
    }
}

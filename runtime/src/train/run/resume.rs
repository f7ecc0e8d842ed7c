//! What a checkpoint holds of a training, and how one goes on from there.

use std::path::Path;

use super::{Cursor, Run};
use crate::model::Model;
use crate::train::checkpoint::{self, About};
use crate::train::fit::Verbose;
use crate::train::history::History;
use crate::train::metric::Metrics;
use crate::train::notes;
use crate::train::optimizer::Optimizer;
use crate::train::report::Log;
use crate::train::state::State;
use crate::{Error, Result};

impl<M, O, L, A> Run<'_, '_, M, O, L, A>
where
    M: Model,
    O: Optimizer<M::Element>,
    A: Metrics<M::Element>,
{
    /// Writes the checkpoints that callbacks have asked for.
    pub(super) fn checkpoints(&mut self) -> Result<()> {
        for path in std::mem::take(&mut self.requests.checkpoints) {
            let (about, state) = self.state();
            checkpoint::write(&path, &self.compiled.model, about, &state)?;
        }
        Ok(())
    }

    fn state(&mut self) -> (About, State) {
        let core = self.compiled.model.core();
        let Cursor { epoch, batch, pass, index } = self.at;
        // A callback that ended the training has not changed its mind when the process comes back.
        let stopped = self.requests.stop && batch == 0;
        let numbers = [
            ("epoch", epoch as u64),
            ("batch", batch as u64),
            ("pass", pass),
            ("index", index as u64),
            ("step", core.step),
            ("seed", core.seed),
            ("stopped", u64::from(stopped)),
        ];
        let mut about: About =
            numbers.into_iter().map(|(name, number)| (name.to_string(), number.to_string())).collect();
        about.insert("rate".to_string(), self.rate.to_string());
        let mut state = State::new();
        state.extend("optimizer/", self.compiled.optimizer.state());
        state.extend("history/", self.history.state());
        state.put("log", &self.log.numbers());
        let mut place = 0;
        self.compiled.metrics.visit(0, &mut |_, metric| {
            state.put(format!("metric/{place}"), &metric.state());
            place += 1;
        });
        for (place, callback) in self.settings.callbacks.iter().enumerate() {
            state.extend(&format!("callback/{place}/"), callback.state());
        }
        (about, state)
    }

    /// Goes on where a checkpoint was written.
    pub(super) fn resume(&mut self, path: &Path) -> Result<()> {
        let (about, state) = checkpoint::read(path, M::GRAPH.name)?;
        let number = |name: &str| -> Result<u64> {
            let number = about.get(name).and_then(|number| number.parse().ok());
            number.ok_or_else(|| Error::file(path, format!("is a damaged checkpoint: it has no `{name}`")))
        };
        let cursor = Cursor {
            epoch: number("epoch")? as usize,
            batch: number("batch")? as usize,
            pass: number("pass")?,
            index: number("index")? as usize,
        };
        let (step, seed, stopped) = (number("step")?, number("seed")?, number("stopped")? != 0);
        let optimizer = state.part("optimizer/");
        self.compiled
            .optimizer
            .check_state(&self.compiled.model, &optimizer)
            .map_err(|what| Error::file(path, what))?;
        self.compiled.model.load(path)?;
        self.compiled.optimizer.restore(&optimizer);
        self.note_rate(path, about.get("rate").and_then(|rate| rate.parse().ok()), optimizer.number("learning_rate"));
        (self.compiled.model.core_mut().step, self.compiled.model.core_mut().seed) = (step, seed);
        let mut place = 0;
        self.compiled.metrics.visit(0, &mut |_, metric| {
            metric.restore(&state.get(&format!("metric/{place}")).unwrap_or_default());
            place += 1;
        });
        for (place, callback) in self.settings.callbacks.iter_mut().enumerate() {
            let part = state.part(&format!("callback/{place}/"));
            if !part.is_empty() {
                callback.restore(&part);
            }
        }
        self.history = History::restore(&state.part("history/"));
        self.log = Log::of(&state.get("log").unwrap_or_default());
        (self.at, self.requests.stop) = (cursor, stopped);
        Ok(())
    }

    /// Says so where a checkpoint brings back the rate of before the program got another: `before` is what the program had
    /// when it was written, and `kept` the constant rate in it.
    fn note_rate(&self, path: &Path, before: Option<f64>, kept: Option<f64>) {
        if let (Some(before), Some(kept)) = (before, kept)
            && before != self.rate
            && kept != self.rate
            && self.settings.verbose != Verbose::Silent
        {
            notes::tell(notes::other_rate(path, kept, self.rate));
        }
    }
}

//! The loop over epochs and batches.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::callback::{Callback, Place, Requests, Training};
use super::checkpoint::{self, About};
use super::compiled::{self, Compiled};
use super::fit::{Settings, Validation};
use super::history::History;
use super::loss::Losses;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use super::progress::Progress;
use super::report::{Log, Report};
use super::running::Live;
use super::state::State;
use crate::data::{Batches, Feed, Piece, Position};
use crate::model::Model;
use crate::{Error, Result};

/// A training that is running.
pub(crate) struct Run<'a> {
    settings: Settings<'a>,
    validates: bool,
    requests: Requests,
    /// The epochs that are complete.
    pub(crate) history: History,
    log: Log,
    at: Cursor,
    complete: bool,
    /// How long the training waited for data.
    waited: Duration,
}

/// How far the training has come, and where it is in the data.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    epoch: usize,
    /// Steps of this epoch that are done.
    batch: usize,
    /// How often the data have been gone through.
    pass: u64,
    /// Batches of this pass that are done.
    index: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(settings: Settings<'a>, validates: bool) -> Self {
        let at = Cursor { epoch: settings.initial_epoch, batch: 0, pass: 0, index: 0 };
        Run {
            settings,
            validates,
            requests: Requests::default(),
            history: History::default(),
            log: Log::default(),
            at,
            complete: false,
            waited: Duration::ZERO,
        }
    }

    /// Trains to the end, or until a callback stops it.
    pub(crate) fn all<M, O, L, A, X, Y, V>(
        &mut self,
        compiled: &mut Compiled<M, O, L, A>,
        data: &Batches<'_, X, Y>,
        validation: &V,
    ) -> Result<()>
    where
        M: Model,
        O: Optimizer<M::Element>,
        L: Losses<M::Element>,
        A: Metrics<M::Element>,
        V: Validation<M, O, L, A>,
    {
        let begun = Instant::now();
        let steps = self.settings.steps_per_epoch.or(data.cardinality());
        self.tell(compiled, steps, None, |callback, training| {
            callback.on_train_begin(training)?;
            training.added(callback.adds());
            Ok(())
        })?;
        if let Some(path) = self.requests.resume.take() {
            self.resume(compiled, &path)?;
        }
        self.complete = true;
        // Threads of the data set live no longer than this.
        thread::scope(|scope| {
            let mut feed = data.feed(Some(scope));
            while self.at.epoch < self.settings.epochs && !self.requests.stop {
                self.epoch(compiled, &mut feed, data.cardinality(), steps, validation)?;
            }
            Ok::<(), Error>(())
        })?;
        compiled.waited = self.waited.as_secs_f64() / begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        compiled.optimizer.finish(&mut compiled.model);
        let history = self.history.clone();
        self.tell(compiled, steps, None, |callback, training| callback.on_train_end(training, &history))?;
        self.checkpoints(compiled)
    }

    fn epoch<M, O, L, A, V>(
        &mut self,
        compiled: &mut Compiled<M, O, L, A>,
        feed: &mut Feed<'_, '_>,
        batches: Option<usize>,
        steps: Option<usize>,
        validation: &V,
    ) -> Result<()>
    where
        M: Model,
        O: Optimizer<M::Element>,
        L: Losses<M::Element>,
        A: Metrics<M::Element>,
        V: Validation<M, O, L, A>,
    {
        let epoch = self.at.epoch;
        if self.at.batch == 0 {
            (self.at.pass, self.at.index) = match (self.settings.steps_per_epoch, batches) {
                (Some(steps), Some(batches)) => ((epoch * steps / batches) as u64, epoch * steps % batches),
                // Nobody knows where data without a known end have come to, except for where the last epoch left them.
                (Some(_), None) => (self.at.pass, self.at.index),
                (None, _) => (epoch as u64, 0),
            };
            self.log = Log::default();
            compiled.metrics.visit(0, &mut |_, metric| metric.reset());
            self.tell(compiled, steps, None, |callback, training| callback.on_epoch_begin(training))?;
        }
        let mut progress = Progress::start(self.settings.verbose, epoch, self.settings.epochs, steps);
        let whole = self.steps(compiled, feed, steps, &mut progress)?;
        let mut report = self.log.report(M::GRAPH, &mut compiled.metrics);
        if !whole {
            self.complete = false;
            progress.finish(&report);
            self.history.push(epoch, report);
            return Ok(());
        }
        if self.validates && (epoch + 1).is_multiple_of(self.settings.validation_freq) {
            self.tell(compiled, steps, None, |callback, training| callback.on_test_begin(training))?;
            let validated = validation.evaluate(compiled, self.settings.validation_steps);
            self.tell(compiled, steps, None, |callback, training| callback.on_test_end(training))?;
            let validated = validated.map_err(Error::in_validation)?;
            validated.iter().for_each(|validation| report.add_validation(validation));
        }
        let (interrupted, whole) = (std::mem::take(&mut self.requests.stop), report.clone());
        let last = epoch + 1 >= self.settings.epochs;
        self.tell(compiled, steps, Some(&whole), |callback, training| callback.on_epoch_end(training, &mut report))?;
        // Who interrupts from outside wants to go on later; a callback that has seen enough does not.
        self.complete = self.requests.stop || last || !interrupted;
        progress.finish(&report);
        self.history.push(epoch, report);
        (self.at.epoch, self.at.batch) = (epoch + 1, 0);
        self.checkpoints(compiled)?;
        self.requests.stop |= interrupted;
        Ok(())
    }

    /// The steps of an epoch that are left. Were there time for all of them?
    fn steps<M, O, L, A>(
        &mut self,
        compiled: &mut Compiled<M, O, L, A>,
        feed: &mut Feed<'_, '_>,
        steps: Option<usize>,
        progress: &mut Progress,
    ) -> Result<bool>
    where
        M: Model,
        O: Optimizer<M::Element>,
        L: Losses<M::Element>,
        A: Metrics<M::Element>,
    {
        feed.seek(self.position());
        while steps.is_none_or(|steps| self.at.batch < steps) && !self.requests.stop {
            let begun = Instant::now();
            let found = feed.advance()?;
            self.waited += begun.elapsed();
            if !found {
                // An epoch without a number of steps is one pass.
                if steps.is_none() {
                    return Ok(true);
                }
                (self.at.pass, self.at.index) = (self.at.pass + 1, 0);
                feed.start(self.position());
                continue;
            }
            self.tell(compiled, steps, None, |callback, training| callback.on_batch_begin(training))?;
            self.step(compiled, &feed.piece(), steps)?;
            (self.at.batch, self.at.index) = (self.at.batch + 1, self.at.index + 1);
            progress.batch(|| self.log.report(M::GRAPH, &mut compiled.metrics));
            self.tell(compiled, steps, None, |callback, training| callback.on_batch_end(training))?;
            self.checkpoints(compiled)?;
        }
        Ok(steps.is_some_and(|steps| self.at.batch >= steps))
    }

    fn position(&self) -> Position {
        Position { pass: self.at.pass, batch: self.at.index as u64 }
    }

    /// One step.
    fn step<M, O, L, A>(
        &mut self,
        compiled: &mut Compiled<M, O, L, A>,
        piece: &Piece<'_>,
        steps: Option<usize>,
    ) -> Result<()>
    where
        M: Model,
        O: Optimizer<M::Element>,
        L: Losses<M::Element>,
        A: Metrics<M::Element>,
    {
        let Compiled { model, optimizer, losses, metrics, room, .. } = compiled;
        let losses = losses.each();
        let begun = Instant::now();
        let (batch, gradients) = room.piece::<M>(piece, losses.as_ref(), &self.settings.class_weight)?;
        self.waited += begun.elapsed();
        let place = |_| {
            let (epoch, batch) = (self.at.epoch + 1, self.at.batch + 1);
            match steps {
                Some(steps) => format!("in epoch {epoch}, batch {batch} of {steps}"),
                None => format!("in epoch {epoch}, batch {batch}"),
            }
        };
        let values = compiled::step(model, optimizer, metrics, losses.as_ref(), &batch, gradients, place)?;
        self.log.add(batch.rows, &values);
        Ok(())
    }

    /// Calls a method of each callback.
    fn tell<M, O, L, A>(
        &mut self,
        compiled: &mut Compiled<M, O, L, A>,
        steps: Option<usize>,
        report: Option<&Report>,
        mut method: impl FnMut(&mut dyn Callback, &mut Training<'_>) -> Result<()>,
    ) -> Result<()>
    where
        M: Model,
        O: Optimizer<M::Element>,
        A: Metrics<M::Element>,
    {
        let place = Place {
            epoch: self.at.epoch,
            epochs: self.settings.epochs,
            batch: self.at.batch,
            batches: steps,
            validates: self.validates,
            complete: self.complete,
        };
        let Compiled { model, optimizer, metrics, .. } = compiled;
        let mut live = Live { model, optimizer, metrics, log: &self.log, report };
        for callback in &mut self.settings.callbacks {
            method(&mut **callback, &mut Training::new(&mut live, place, &mut self.requests))?;
        }
        Ok(())
    }

    /// Writes the checkpoints that callbacks have asked for.
    fn checkpoints<M, O, L, A>(&mut self, compiled: &mut Compiled<M, O, L, A>) -> Result<()>
    where
        M: Model,
        O: Optimizer<M::Element>,
        A: Metrics<M::Element>,
    {
        for path in std::mem::take(&mut self.requests.checkpoints) {
            let (about, state) = self.state(compiled);
            checkpoint::write(&path, &compiled.model, about, &state)?;
        }
        Ok(())
    }

    fn state<M, O, L, A>(&self, compiled: &mut Compiled<M, O, L, A>) -> (About, State)
    where
        M: Model,
        O: Optimizer<M::Element>,
        A: Metrics<M::Element>,
    {
        let core = compiled.model.core();
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
        let about = numbers.into_iter().map(|(name, number)| (name.to_string(), number.to_string())).collect();
        let mut state = State::new();
        state.extend("optimizer/", compiled.optimizer.state());
        state.extend("history/", self.history.state());
        state.put("log", &self.log.numbers());
        let mut place = 0;
        compiled.metrics.visit(0, &mut |_, metric| {
            state.put(format!("metric/{place}"), &metric.state());
            place += 1;
        });
        for (place, callback) in self.settings.callbacks.iter().enumerate() {
            state.extend(&format!("callback/{place}/"), callback.state());
        }
        (about, state)
    }

    /// Goes on where a checkpoint was written.
    fn resume<M, O, L, A>(&mut self, compiled: &mut Compiled<M, O, L, A>, path: &Path) -> Result<()>
    where
        M: Model,
        O: Optimizer<M::Element>,
        A: Metrics<M::Element>,
    {
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
        compiled.optimizer.check_state(&compiled.model, &optimizer).map_err(|what| Error::file(path, what))?;
        compiled.model.load(path)?;
        compiled.optimizer.restore(&optimizer);
        (compiled.model.core_mut().step, compiled.model.core_mut().seed) = (step, seed);
        let mut place = 0;
        compiled.metrics.visit(0, &mut |_, metric| {
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
}

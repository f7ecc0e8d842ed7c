//! The loop over epochs and batches.

mod resume;

use std::thread;
use std::time::{Duration, Instant};

use super::callback::{Callback, Place, Requests, Training};
use super::compiled::Compiled;
use super::fit::Settings;
use super::history::History;
use super::loss::Losses;
use super::metric::Metrics;
use super::optimizer::Optimizer;
use super::progress::Progress;
use super::report::{Log, Report};
use super::running::Live;
use super::step::step;
use super::validation::Validation;
use crate::data::{Batches, Feed, Piece, Position};
use crate::model::Model;
use crate::{Error, Result};

/// A training that is running.
pub(crate) struct Run<'c, 'a, M: Model, O, L, A> {
    compiled: &'c mut Compiled<M, O, L, A>,
    settings: Settings<'a>,
    /// Steps of an epoch, where they are known.
    steps: Option<usize>,
    /// The learning rate that the program began with.
    rate: f64,
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

impl<'c, 'a, M, O, L, A> Run<'c, 'a, M, O, L, A>
where
    M: Model,
    O: Optimizer<M::Element>,
    L: Losses<M::Element>,
    A: Metrics<M::Element>,
{
    pub(crate) fn new(compiled: &'c mut Compiled<M, O, L, A>, settings: Settings<'a>, validates: bool) -> Self {
        let at = Cursor { epoch: settings.initial_epoch, batch: 0, pass: 0, index: 0 };
        Run {
            rate: compiled.optimizer.learning_rate(),
            compiled,
            steps: settings.steps_per_epoch,
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
    pub(crate) fn all<X, Y>(
        &mut self,
        data: &Batches<'_, X, Y>,
        validation: &impl Validation<M, O, L, A>,
    ) -> Result<()> {
        let begun = Instant::now();
        self.steps = self.settings.steps_per_epoch.or(data.cardinality());
        self.tell(None, |callback, training| {
            callback.on_train_begin(training)?;
            training.added(callback.adds());
            Ok(())
        })?;
        if let Some(path) = self.requests.resume.take() {
            self.resume(&path)?;
        }
        self.complete = true;
        // Threads of the data set live no longer than this.
        thread::scope(|scope| {
            let mut feed = data.feed(Some(scope));
            while self.at.epoch < self.settings.epochs && !self.requests.stop {
                self.epoch(&mut feed, data.cardinality(), validation)?;
            }
            Ok::<(), Error>(())
        })?;
        self.compiled.waited = self.waited.as_secs_f64() / begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        self.compiled.optimizer.finish(&mut self.compiled.model);
        let history = self.history.clone();
        self.tell(None, |callback, training| callback.on_train_end(training, &history))?;
        self.checkpoints()
    }

    fn epoch(
        &mut self,
        feed: &mut Feed<'_, '_>,
        batches: Option<usize>,
        validation: &impl Validation<M, O, L, A>,
    ) -> Result<()> {
        let epoch = self.at.epoch;
        if self.at.batch == 0 {
            (self.at.pass, self.at.index) = match (self.settings.steps_per_epoch, batches) {
                (Some(steps), Some(batches)) => ((epoch * steps / batches) as u64, epoch * steps % batches),
                // Nobody knows where data without a known end have come to, except for where the last epoch left them.
                (Some(_), None) => (self.at.pass, self.at.index),
                (None, _) => (epoch as u64, 0),
            };
            self.log = Log::default();
            self.compiled.metrics.visit(0, &mut |_, metric| metric.reset());
            self.tell(None, |callback, training| callback.on_epoch_begin(training))?;
        }
        let mut progress = Progress::start(self.settings.verbose, epoch, self.settings.epochs, self.steps);
        let whole = self.rest_of_epoch(feed, &mut progress)?;
        let mut report = self.log.report(M::GRAPH, &mut self.compiled.metrics);
        if !whole {
            self.complete = false;
            progress.finish(&report);
            self.history.push(epoch, report);
            return Ok(());
        }
        if self.validates && (epoch + 1).is_multiple_of(self.settings.validation_freq) {
            self.tell(None, |callback, training| callback.on_test_begin(training))?;
            let validated = validation.evaluate(self.compiled, self.settings.validation_steps);
            self.tell(None, |callback, training| callback.on_test_end(training))?;
            let validated = validated.map_err(Error::in_validation)?;
            validated.iter().for_each(|validation| report.add_validation(validation));
        }
        let (interrupted, whole) = (std::mem::take(&mut self.requests.stop), report.clone());
        let last = epoch + 1 >= self.settings.epochs;
        self.tell(Some(&whole), |callback, training| callback.on_epoch_end(training, &mut report))?;
        // Who interrupts from outside wants to go on later; a callback that has seen enough does not.
        self.complete = self.requests.stop || last || !interrupted;
        progress.finish(&report);
        self.history.push(epoch, report);
        (self.at.epoch, self.at.batch) = (epoch + 1, 0);
        self.checkpoints()?;
        self.requests.stop |= interrupted;
        Ok(())
    }

    /// The steps of an epoch that are left. Were there time for all of them?
    fn rest_of_epoch(&mut self, feed: &mut Feed<'_, '_>, progress: &mut Progress) -> Result<bool> {
        let steps = self.steps;
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
            self.tell(None, |callback, training| callback.on_batch_begin(training))?;
            self.step(&feed.piece())?;
            (self.at.batch, self.at.index) = (self.at.batch + 1, self.at.index + 1);
            progress.batch(|| self.log.report(M::GRAPH, &mut self.compiled.metrics));
            self.tell(None, |callback, training| callback.on_batch_end(training))?;
            self.checkpoints()?;
        }
        Ok(steps.is_some_and(|steps| self.at.batch >= steps))
    }

    fn position(&self) -> Position {
        Position { pass: self.at.pass, batch: self.at.index as u64 }
    }

    /// One step.
    fn step(&mut self, piece: &Piece<'_>) -> Result<()> {
        let Compiled { model, optimizer, losses, metrics, room, .. } = &mut *self.compiled;
        let losses = losses.each();
        let begun = Instant::now();
        let (batch, gradients) = room.piece::<M>(piece, losses.as_ref(), &self.settings.class_weight)?;
        self.waited += begun.elapsed();
        let place = |_| {
            let (epoch, batch) = (self.at.epoch + 1, self.at.batch + 1);
            match self.steps {
                Some(steps) => format!("in epoch {epoch}, batch {batch} of {steps}"),
                None => format!("in epoch {epoch}, batch {batch}"),
            }
        };
        let values = step(model, optimizer, metrics, losses.as_ref(), &batch, gradients, place)?;
        self.log.add(batch.rows, &values);
        Ok(())
    }

    /// Calls a method of each callback.
    fn tell(
        &mut self,
        report: Option<&Report>,
        mut method: impl FnMut(&mut dyn Callback, &mut Training<'_>) -> Result<()>,
    ) -> Result<()> {
        let place = Place {
            epoch: self.at.epoch,
            epochs: self.settings.epochs,
            batch: self.at.batch,
            batches: self.steps,
            validates: self.validates,
            complete: self.complete,
        };
        let Compiled { model, optimizer, metrics, .. } = &mut *self.compiled;
        let mut live = Live { model, optimizer, metrics, log: &self.log, report };
        for callback in &mut self.settings.callbacks {
            method(&mut **callback, &mut Training::new(&mut live, place, &mut self.requests))?;
        }
        Ok(())
    }
}

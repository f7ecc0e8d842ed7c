//! What hands batches to a training, one after the other.

use super::array::Borrowed;
use super::batches::{Node, Slices, StackedBatch, empty};
use super::sample::Stacked;
use super::sample_weights::Weights;
use super::stage::{Shared, Stream, Threads, skip};
use crate::Result;

/// How far a training has come in its data: the batch to be trained on next.
///
/// Shuffling and augmentation depend on their seeds and on the pass alone, so that these two numbers are all there is to
/// save: a feed that starts here goes on with the same batches, bit for bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// How many passes over the data are complete.
    pub pass: u64,
    /// How many batches of this pass have been handed out.
    pub batch: u64,
}

/// The batches of a data set, pass after pass. It lives inside a scope in which the threads of the data set end.
pub(crate) struct Feed<'s, 'a> {
    position: Position,
    state: State<'s, 'a>,
}

enum State<'s, 'a> {
    Table {
        slices: &'s Slices<'a>,
        order: Vec<usize>,
        range: (usize, usize),
    },
    Stream {
        start: Box<dyn Fn(Position) -> Stream<'s, StackedBatch> + 's>,
        stream: Option<Stream<'s, StackedBatch>>,
        batch: Option<StackedBatch>,
        rows: Vec<usize>,
    },
}

/// A batch where it lies: rows of some arrays.
pub(crate) struct Piece<'f> {
    pub(crate) inputs: Borrowed<'f>,
    pub(crate) targets: Borrowed<'f>,
    /// By the place in the arrays.
    pub(crate) weights: &'f Weights,
    pub(crate) rows: &'f [usize],
    /// The number of the first sample in this pass, where the batch is not part of a table that was checked as a whole.
    pub(crate) unchecked: Option<usize>,
}

impl<'s, 'a> Feed<'s, 'a> {
    pub(super) fn new(node: &'s Node<'a>, scope: Threads<'s, '_>) -> Self {
        let state = match node {
            Node::Table(slices) => State::Table { slices, order: Vec::new(), range: (0, 0) },
            Node::Stream(source) => {
                let start = starter(source, scope);
                State::Stream { start, stream: None, batch: None, rows: Vec::new() }
            }
        };
        Feed { position: Position::default(), state }
    }

    /// Begins a pass, or goes on inside of one.
    pub(crate) fn start(&mut self, position: Position) {
        self.position = position;
        match &mut self.state {
            State::Table { slices, order, .. } => slices.table.order(position.pass, order),
            State::Stream { start, stream, .. } => {
                // First the threads of the old pass end, then those of the new one begin.
                *stream = None;
                *stream = Some(start(position));
            }
        }
    }

    /// Goes on at a place in the data, which is where it is already unless an epoch ended early or was resumed.
    pub(crate) fn seek(&mut self, position: Position) {
        let begun = match &self.state {
            State::Table { order, .. } => !order.is_empty(),
            State::Stream { stream, .. } => stream.is_some(),
        };
        if !begun || self.position != position {
            self.start(position);
        }
    }

    /// The batch that comes next.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Goes to the next batch of this pass. Is there one?
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let index = self.position.batch as usize;
        let found = match &mut self.state {
            State::Table { slices, range, .. } => match slices.range(index) {
                Some(next) => {
                    *range = next;
                    true
                }
                None => false,
            },
            State::Stream { stream, batch, rows, .. } => {
                *batch = next(stream, self.position)?;
                rows.clear();
                rows.extend(0..batch.as_ref().map_or(0, |batch| batch.rows));
                batch.is_some()
            }
        };
        self.position.batch += u64::from(found);
        Ok(found)
    }

    /// The batch that [`advance`](Feed::advance) has come to.
    pub(crate) fn piece(&self) -> Piece<'_> {
        match &self.state {
            State::Table { slices, order, range } => Piece {
                inputs: slices.table.inputs(),
                targets: slices.table.targets(),
                weights: &slices.table.given,
                rows: &order[range.0..range.1],
                unchecked: None,
            },
            State::Stream { batch, rows, .. } => {
                let batch = batch.as_ref().expect("there is a batch after each advance");
                Piece {
                    inputs: batch.inputs.arrays(),
                    targets: batch.targets.arrays(),
                    weights: &batch.weights,
                    rows,
                    unchecked: Some(batch.first),
                }
            }
        }
    }

    /// The next batch in memory of its own.
    pub(crate) fn next_owned(&mut self) -> Result<Option<StackedBatch>> {
        if !self.advance()? {
            return Ok(None);
        }
        if let State::Stream { batch, .. } = &mut self.state {
            return Ok(batch.take());
        }
        let piece = self.piece();
        Ok(Some(StackedBatch {
            inputs: Stacked::select(&piece.inputs, piece.rows),
            targets: Stacked::select(&piece.targets, piece.rows),
            weights: piece.weights.select(piece.rows),
            rows: piece.rows.len(),
            first: 0,
        }))
    }
}

/// What begins a pass of a stream anywhere.
fn starter<'s>(
    source: &'s Shared<'_, StackedBatch>,
    scope: Threads<'s, '_>,
) -> Box<dyn Fn(Position) -> Stream<'s, StackedBatch> + 's> {
    Box::new(move |position| {
        let stream = source.start(position.pass, scope);
        if position.batch == 0 { stream } else { skip(stream, position.batch as usize) }
    })
}

fn next(stream: &mut Option<Stream<'_, StackedBatch>>, position: Position) -> Result<Option<StackedBatch>> {
    let next = stream.as_mut().and_then(Iterator::next).transpose();
    if !matches!(next, Ok(Some(_))) {
        *stream = None;
    }
    match next? {
        None if position.batch == 0 => Err(empty()),
        next => Ok(next),
    }
}

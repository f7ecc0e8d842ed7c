//! Memory for one batch, and the checks that come before it is filled.

use formwork_shape::Shape;
use smallvec::SmallVec;

use super::engine::Ready;
use super::loss::Loss;
use super::metric::argmax;
use super::{Gradients, check};
use crate::buffer::Buffer;
use crate::data::{Borrowed, Gather, Piece, Weights, sources};
use crate::model::{self, Model, Source, Views};
use crate::view::View;
use crate::weights::Parameters;
use crate::{Error, Real, Result};

/// Memory that is kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Room<T> {
    pub(crate) gradients: Gradients<T>,
    inputs: Gather<T>,
    targets: Gather<T>,
    /// For each output.
    weights: SmallVec<[Buffer<T>; 2]>,
    order: Vec<usize>,
    shapes: Vec<Shape>,
    target_shapes: Vec<Shape>,
    /// One row, while it is checked.
    row: (Buffer<T>, Buffer<u32>),
}

impl<T: Real> Room<T> {
    pub(crate) fn new(parameters: &dyn Parameters<T>) -> Self {
        Room {
            gradients: Gradients::zeros(parameters),
            inputs: Gather::default(),
            targets: Gather::default(),
            weights: SmallVec::new(),
            order: Vec::new(),
            shapes: Vec::new(),
            target_shapes: Vec::new(),
            row: Default::default(),
        }
    }

    /// Checks all rows of inputs and targets against the model.
    pub(crate) fn check<M: Model<Element = T>>(
        &mut self,
        inputs: &[Source<'_, T>],
        targets: &[Source<'_, T>],
        losses: &[&dyn Loss<T>],
    ) -> Result<usize> {
        let rows = self.shapes::<M>(inputs, targets, losses)?;
        check::inputs(M::GRAPH, inputs, &mut self.row.1)?;
        check::classes(M::GRAPH, targets, losses, &mut self.row.1)?;
        Ok(rows)
    }

    /// Checks the shapes only.
    fn shapes<M: Model<Element = T>>(
        &mut self,
        inputs: &[Source<'_, T>],
        targets: &[Source<'_, T>],
        losses: &[&dyn Loss<T>],
    ) -> Result<usize> {
        let rows = model::check(M::GRAPH, "input", M::GRAPH.inputs, inputs, &mut self.shapes)?;
        check::targets(M::GRAPH, targets, losses, rows, &mut self.target_shapes)?;
        Ok(rows)
    }

    /// Checks inputs that no data set has looked at, and that have no targets yet.
    pub(crate) fn check_inputs<M: Model<Element = T>>(&mut self, inputs: &[Source<'_, T>]) -> Result<usize> {
        let rows = model::check(M::GRAPH, "input", M::GRAPH.inputs, inputs, &mut self.shapes)?;
        check::inputs(M::GRAPH, inputs, &mut self.row.1)?;
        check::finite(M::GRAPH.inputs, "input", inputs, &mut self.row.0)?;
        Ok(rows)
    }

    /// Checks arrays that no data set has looked at.
    pub(crate) fn check_batch<M: Model<Element = T>>(
        &mut self,
        inputs: &[Source<'_, T>],
        targets: &[Source<'_, T>],
        losses: &[&dyn Loss<T>],
    ) -> Result<usize> {
        let rows = self.check::<M>(inputs, targets, losses)?;
        check::finite(M::GRAPH.inputs, "input", inputs, &mut self.row.0)?;
        check::finite(M::GRAPH.outputs, "target", targets, &mut self.row.0)?;
        Ok(rows)
    }

    /// Checks arrays in memory as a whole, before the first batch of them.
    pub(crate) fn check_table<M: Model<Element = T>>(
        &mut self,
        inputs: &Borrowed<'_>,
        targets: &Borrowed<'_>,
        losses: &[&dyn Loss<T>],
    ) -> Result<()> {
        self.check::<M>(&sources(inputs)?, &sources(targets)?, losses)?;
        Ok(())
    }

    /// Brings the next batch together, and checks it as far as that has not been done.
    pub(crate) fn piece<'r, 'p: 'r, M: Model<Element = T>>(
        &'r mut self,
        piece: &Piece<'p>,
        losses: &[&dyn Loss<T>],
        classes: &[(u32, f64)],
    ) -> Result<(Ready<'r, T>, &'r mut Gradients<T>)> {
        let (inputs, targets) = (sources(&piece.inputs)?, sources(&piece.targets)?);
        match piece.unchecked {
            None => self.shapes::<M>(&inputs, &targets, losses).map(drop)?,
            Some(first) => {
                let checked = self.check_batch::<M>(&inputs, &targets, losses);
                checked.map_err(|error| Error::data(format!("{error} (row 0 is sample {first} of this epoch)")))?;
            }
        }
        self.ready(&inputs, &targets, piece.weights, classes, piece.rows)
    }

    /// The rows `rows` of checked sources.
    fn ready<'r>(
        &'r mut self,
        inputs: &[Source<'r, T>],
        targets: &[Source<'r, T>],
        weights: &Weights,
        classes: &[(u32, f64)],
        rows: &[usize],
    ) -> Result<(Ready<'r, T>, &'r mut Gradients<T>)> {
        let x = self.inputs.rows(inputs, &self.shapes, rows)?;
        let y = self.targets.rows(targets, &self.target_shapes, rows)?;
        let weights = weights_of(&mut self.weights, weights, classes, rows, &y);
        let ready = Ready { rows: rows.len(), shapes: &self.shapes, x, targets: y, weights };
        Ok((ready, &mut self.gradients))
    }

    /// All rows in order.
    pub(crate) fn whole<'r>(
        &'r mut self,
        inputs: &[Source<'r, T>],
        targets: &[Source<'r, T>],
        weights: &Weights,
        rows: usize,
    ) -> Result<(Ready<'r, T>, &'r mut Gradients<T>)> {
        self.order.clear();
        self.order.extend(0..rows);
        let Room { gradients, inputs: x, targets: y, weights: room, order, shapes, target_shapes, .. } = self;
        let x = x.rows(inputs, shapes, order)?;
        let y = y.rows(targets, target_shapes, order)?;
        let weights = weights_of(room, weights, &[], order, &y);
        Ok((Ready { rows, shapes, x, targets: y, weights }, gradients))
    }
}

/// How much the samples in these rows count for each output.
fn weights_of<'r, T: Real>(
    room: &'r mut SmallVec<[Buffer<T>; 2]>,
    weights: &Weights,
    classes: &[(u32, f64)],
    rows: &[usize],
    targets: &Views<'_, T>,
) -> SmallVec<[Option<&'r [T]>; 4]> {
    room.resize_with(targets.len().max(room.len()), Buffer::default);
    let each = room.iter_mut().zip(targets).enumerate().map(|(output, (room, target))| {
        let given = weights.of(output);
        if given.is_none() && classes.is_empty() {
            return None;
        }
        let width = weights.width(output);
        let room = room.take(rows.len() * width);
        for (place, (room, row)) in room.chunks_exact_mut(width.max(1)).zip(rows).enumerate() {
            let class = if classes.is_empty() { 1.0 } else { class_weight(classes, target, place) };
            for (at, to) in room.iter_mut().enumerate() {
                *to = T::of(given.map_or(1.0, |given| given.numbers[row * width + at]) * class);
            }
        }
        Some(&*room)
    });
    each.collect()
}

/// What a sample of its class counts. A one-hot row has the class of its largest number.
fn class_weight<T: Real>(classes: &[(u32, f64)], target: &View<'_, T>, row: usize) -> f64 {
    let width = target.shape().size().max(1);
    let class = match target.id_data() {
        [] => match &target.data()[row * width..][..width] {
            [one] => one.wide().round() as u32,
            numbers => argmax(numbers) as u32,
        },
        ids => ids[row],
    };
    classes.iter().find(|(known, _)| *known == class).map_or(1.0, |(_, weight)| *weight)
}

//! Memory for one batch, and the checks that come before it is filled.

use formwork_shape::Shape;

use super::data::Gather;
use super::engine::Ready;
use super::loss::Loss;
use super::metric::argmax;
use super::{Gradients, check};
use crate::buffer::Buffer;
use crate::model::{self, Model, Source};
use crate::view::View;
use crate::weights::Parameters;
use crate::{Real, Result};

/// Memory that is kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Room<T> {
    pub(crate) gradients: Gradients<T>,
    inputs: Gather<T>,
    targets: Gather<T>,
    weights: Buffer<T>,
    pub(crate) order: Vec<usize>,
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
            weights: Buffer::default(),
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
        let rows = model::check(M::GRAPH, "input", M::GRAPH.inputs, inputs, &mut self.shapes)?;
        check::inputs(M::GRAPH, inputs, &mut self.row.1)?;
        check::targets(M::GRAPH, targets, losses, rows, &mut self.target_shapes, &mut self.row.1)?;
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

    /// The rows `from..to` of the order of this epoch.
    pub(crate) fn ready<'a>(
        &'a mut self,
        inputs: &[Source<'a, T>],
        targets: &[Source<'a, T>],
        weights: Option<&[f64]>,
        classes: &[(u32, f64)],
        rows: (usize, usize),
        in_order: bool,
    ) -> Result<(Ready<'a, T>, &'a mut Gradients<T>)> {
        let rows = &self.order[rows.0..rows.1];
        let x = self.inputs.rows(inputs, &self.shapes, rows, in_order)?;
        let y = self.targets.rows(targets, &self.target_shapes, rows, in_order)?;
        let weighted = weights.is_some() || !classes.is_empty();
        let weights = weighted.then(|| {
            let room = self.weights.take(rows.len());
            for (place, (room, row)) in room.iter_mut().zip(rows).enumerate() {
                let class = if classes.is_empty() { 1.0 } else { class_weight(classes, &y[0], place) };
                *room = T::of(weights.map_or(1.0, |weights| weights[*row]) * class);
            }
            &*room
        });
        let ready = Ready { rows: rows.len(), shapes: &self.shapes, x, targets: y, weights };
        Ok((ready, &mut self.gradients))
    }

    /// All rows in order.
    pub(crate) fn whole<'a>(
        &'a mut self,
        inputs: &[Source<'a, T>],
        targets: &[Source<'a, T>],
        rows: usize,
    ) -> Result<(Ready<'a, T>, &'a mut Gradients<T>)> {
        self.order.clear();
        self.order.extend(0..rows);
        self.ready(inputs, targets, None, &[], (0, rows), true)
    }
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

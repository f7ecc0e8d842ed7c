//! Predictions for data sets.

use std::thread;

use formwork_shape::Shape;
use smallvec::SmallVec;

use super::{Batch, Model, Outputs, Source, run};
use crate::data::{Batches, Position, sources};
use crate::view::View;
use crate::{Error, Real, Result};

/// The arrays of a batch that a data set has brought together.
struct Arrays<'a, T>(SmallVec<[Source<'a, T>; 4]>);

impl<T: Real> Batch<T> for Arrays<'_, T> {
    fn sources(&self) -> impl AsRef<[Source<'_, T>]> {
        let sources: &[Source<'_, T>] = &self.0;
        sources
    }
}

/// One output of the batches so far.
struct Column<T> {
    shape: Shape,
    numbers: Vec<T>,
    ids: Vec<u32>,
}

impl<T: Real> Column<T> {
    /// The rows of all batches.
    fn view(&self, rows: usize) -> View<'_, T> {
        if self.ids.is_empty() {
            View::numbers(&self.numbers, rows, self.shape)
        } else {
            View::ids(&self.ids, rows, self.shape)
        }
    }
}

pub(super) fn predict<M: Model, X, Y>(model: &M, data: &Batches<'_, X, Y>) -> Result<M::Outputs> {
    data.check()?;
    if data.known().endless {
        return Err(Error::data("the data set has no end: predict for .take(n) of its batches"));
    }
    let (mut columns, mut rows) = (Vec::new(), 0);
    // Threads of the data set live no longer than this.
    thread::scope(|scope| {
        let mut feed = data.feed(Some(scope));
        feed.start(Position::default());
        while let Some(batch) = feed.next_owned()? {
            let arrays = Arrays(sources(&batch.inputs.arrays())?);
            let mut fits = Ok(());
            let computed = run(model, &arrays, batch.rows, |views, _, _| fits = append(&mut columns, views, rows));
            let place = |error| Error::data(format!("{error} (row 0 is sample {rows} of the data set)"));
            computed.and(fits).map_err(place)?;
            rows += batch.rows;
        }
        Ok::<(), Error>(())
    })?;
    Ok(M::Outputs::new(&columns.iter().map(|column| column.view(rows)).collect::<Vec<_>>(), rows))
}

/// Puts the outputs of a batch behind those of the `rows` samples before.
fn append<T: Real>(columns: &mut Vec<Column<T>>, views: &[View<'_, T>], rows: usize) -> Result<()> {
    if columns.is_empty() {
        let new = |view: &View<'_, T>| Column { shape: *view.shape(), numbers: Vec::new(), ids: Vec::new() };
        columns.extend(views.iter().map(new));
    }
    for (column, view) in columns.iter_mut().zip(views) {
        let (before, now) = (column.shape.dims(), view.shape().dims());
        if before != now {
            return Err(Error::data(format!(
                "the outputs of a batch have shape {now:?} a sample, those of the {rows} samples before {before:?}: predict batch by \
                 batch, or pad all samples to one length by .padded(n)"
            )));
        }
        column.numbers.extend_from_slice(view.data());
        column.ids.extend_from_slice(view.id_data());
    }
    Ok(())
}

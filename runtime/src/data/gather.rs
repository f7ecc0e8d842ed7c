//! Rows of a data set, brought together in memory that is kept from batch to batch.

use formwork_shape::Shape;

use crate::buffer::Buffer;
use crate::model::{Source, Views};
use crate::view::View;
use crate::{Error, Real, Result};

/// Room for one batch of inputs or targets.
#[derive(Debug)]
pub(crate) struct Gather<T> {
    numbers: Vec<Buffer<T>>,
    ids: Vec<Buffer<u32>>,
}

impl<T: Real> Default for Gather<T> {
    fn default() -> Self {
        Gather { numbers: Vec::new(), ids: Vec::new() }
    }
}

impl<T: Real> Gather<T> {
    /// The rows `rows` of each source. Rows that follow each other in memory are read where they are.
    pub(crate) fn rows<'a>(
        &'a mut self,
        sources: &[Source<'a, T>],
        shapes: &[Shape],
        rows: &[usize],
    ) -> Result<Views<'a, T>> {
        self.numbers.resize_with(sources.len(), Buffer::default);
        self.ids.resize_with(sources.len(), Buffer::default);
        let batch = rows.len();
        let in_order = rows.windows(2).all(|pair| pair[1] == pair[0] + 1);
        let mut views = Views::new();
        let room = self.numbers.iter_mut().zip(&mut self.ids);
        for ((source, shape), (numbers, ids)) in sources.iter().zip(shapes).zip(room) {
            let size = shape.size();
            views.push(match source {
                Source::Numbers(source) => match source.contiguous().filter(|_| in_order) {
                    Some(data) => View::numbers(&data[rows[0] * size..][..batch * size], batch, *shape),
                    None => {
                        let room = numbers.take(batch * size);
                        for (room, row) in room.chunks_exact_mut(size.max(1)).zip(rows) {
                            source.copy_row(*row, room);
                        }
                        View::numbers(room, batch, *shape)
                    }
                },
                Source::Ids(source) => {
                    let room = ids.take(batch * size);
                    for (room, row) in room.chunks_exact_mut(size.max(1)).zip(rows) {
                        // Numbers below 0 have been let through as labels that count nothing only.
                        let copied = source.copy_row(*row, room).or_else(|_| source.copy_labels(*row, room));
                        copied.map_err(|value| Error::data(format!("{value} is no id")))?;
                    }
                    View::ids(room, batch, *shape)
                }
            });
        }
        Ok(views)
    }
}

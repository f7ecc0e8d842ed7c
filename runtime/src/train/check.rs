//! Checks of data against a model, before anything is computed: a data set that passes can be trained on.

use formwork_shape::{DYN, Shape, is_dynamic};

use super::loss::Loss;
use crate::buffer::Buffer;
use crate::model::{Graph, Port, Source};
use crate::view::View;
use crate::{Error, Real, Result};

/// Checks the shapes of the targets of `rows` samples against the outputs and their losses.
pub(crate) fn targets<T: Real>(
    graph: &Graph,
    sources: &[Source<'_, T>],
    losses: &[&dyn Loss<T>],
    rows: usize,
    shapes: &mut Vec<Shape>,
) -> Result<()> {
    shapes.clear();
    for ((port, source), loss) in graph.outputs.iter().zip(sources).zip(losses) {
        if !loss.takes().fits(source) {
            let (takes, got) = match source {
                Source::Numbers(_) => ("class ids", "numbers"),
                Source::Ids(_) => ("numbers", "class ids"),
            };
            let name = loss.name();
            return Err(Error::data(format!("{name} takes {takes} as target of `{}`, but got {got}", port.name)));
        }
        loss.check(&port.shape).map_err(|what| Error::Training(format!("the loss {} {what}", loss.name())))?;
        shapes.push(shape(port, source, *loss)?);
        if source.rows() != rows {
            return Err(Error::data(format!(
                "target `{}` has {} rows, but the inputs have {rows}",
                port.name,
                source.rows()
            )));
        }
    }
    Ok(())
}

/// Checks the class ids of all targets against the widths of the outputs.
pub(crate) fn classes<T: Real>(
    graph: &Graph,
    sources: &[Source<'_, T>],
    losses: &[&dyn Loss<T>],
    room: &mut Buffer<u32>,
) -> Result<()> {
    for ((port, source), loss) in graph.outputs.iter().zip(sources).zip(losses) {
        if loss.takes_any_class() {
            ids(port, source, u32::MAX as usize, None, "label", room)?;
            continue;
        }
        let classes = port.shape.dims().get(loss.class_axis(&port.shape)).copied().unwrap_or(0);
        ids(port, source, classes, loss.ignored_class(), "label", room)?;
    }
    Ok(())
}

/// Checks the ids of all inputs against the limits of the layers that look them up.
pub(crate) fn inputs<T: Real>(graph: &Graph, sources: &[Source<'_, T>], room: &mut Buffer<u32>) -> Result<()> {
    for (port, source) in graph.inputs.iter().zip(sources) {
        ids(port, source, port.limit.unwrap_or(u32::MAX as usize), None, "id", room)?;
    }
    Ok(())
}

fn shape<T: Real>(port: &Port, source: &Source<'_, T>, loss: &dyn Loss<T>) -> Result<Shape> {
    let expected = target_shape(loss, &port.shape, matches!(source, Source::Ids(_)));
    let (expected, loss) = (expected.dims(), loss.name());
    let what = match source {
        Source::Numbers(_) => "one number for each number of the output",
        Source::Ids(_) => "one class id for each row of the output",
    };
    let dims = source.dims();
    let got = dims.get(1..).unwrap_or(&[]);
    let fits = got.len() == expected.len()
        && got.iter().zip(expected).all(|(n, want)| n == want || (is_dynamic(*want) && *n > 0));
    if fits {
        return Ok(Shape::new(got));
    }
    let mut takes = vec!["batch".to_string()];
    takes.extend(expected.iter().map(|n| if is_dynamic(*n) { "_".to_string() } else { n.to_string() }));
    Err(Error::data(format!(
        "the target of `{}` must have shape [{}] ({loss} takes {what}), but got an array of shape {dims:?}",
        port.name,
        takes.join(", ")
    )))
}

/// The shape of the target of one sample; an axis that the loss leaves open is dynamic.
fn target_shape<T: Real>(loss: &dyn Loss<T>, output: &Shape, ids: bool) -> Shape {
    match (ids, output.rank()) {
        (false, _) | (_, 0) => *output,
        (true, _) if loss.takes_labels() => Shape::new(&[DYN]),
        (true, rank) => output.remove(loss.class_axis(output).min(rank - 1)),
    }
}

/// Checks that all ids of a source are below `limit`.
fn ids<T>(
    port: &Port,
    source: &Source<'_, T>,
    limit: usize,
    ignored: Option<u32>,
    what: &str,
    room: &mut Buffer<u32>,
) -> Result<()> {
    let Source::Ids(source) = source else { return Ok(()) };
    let size: usize = source.dims().iter().skip(1).product();
    let room = room.take(size);
    for row in 0..source.dims()[0] {
        let bad = match source.copy_row(row, room) {
            // Of numbers below 0 only a class that counts nothing is a label.
            Err(value) if ignored.is_none_or(|ignored| ignored <= i32::MAX as u32) => Some(value),
            Err(_) => match source.copy_labels(row, room) {
                Err(value) => Some(value),
                Ok(()) => above(room, limit, ignored).map(|id| (id as i32).to_string()),
            },
            Ok(()) => above(room, limit, ignored).map(|id| id.to_string()),
        };
        if let Some(value) = bad {
            return Err(Error::data(format!("{what} {value} in row {row} of `{}` must be in 0..{limit}", port.name)));
        }
    }
    Ok(())
}

fn above(ids: &[u32], limit: usize, ignored: Option<u32>) -> Option<u32> {
    ids.iter().copied().find(|id| *id as usize >= limit && Some(*id) != ignored)
}

/// An array of dynamic length must have the length that the model computed.
pub(crate) fn lengths<T: Real>(port: &Port, loss: &dyn Loss<T>, output: &Shape, target: &View<'_, T>) -> Result<()> {
    let expected = target_shape(loss, output, target.is_ids());
    let target = target.shape();
    let fits = |(got, want): (&usize, &usize)| got == want || is_dynamic(*want);
    if target.rank() == expected.rank() && target.dims().iter().zip(expected.dims()).all(fits) {
        return Ok(());
    }
    Err(Error::data(format!(
        "the target of `{}` has shape {:?} a sample, but the model computed {:?}",
        port.name,
        target.dims(),
        output.dims()
    )))
}

/// Weights are one a sample, or one a row of what the loss goes along.
pub(crate) fn weights<T: Real>(
    port: &Port,
    loss: &dyn Loss<T>,
    output: &View<'_, T>,
    weights: Option<&[T]>,
) -> Result<()> {
    let width = output.shape().dims().get(loss.class_axis(output.shape())).copied().unwrap_or(1);
    let (samples, rows) = (output.batch(), output.data().len() / width.max(1));
    match weights.map_or(samples, <[T]>::len) {
        given if given == samples || given == rows => Ok(()),
        given => Err(Error::data(format!(
            "there are {} sample weights a sample for `{}`: give one a sample, or one for each of its {} rows",
            given / samples.max(1),
            port.name,
            rows / samples.max(1)
        ))),
    }
}

/// NaN and infinity, which no loss survives.
pub(crate) fn finite<T: Real>(
    ports: &[Port],
    role: &str,
    sources: &[Source<'_, T>],
    room: &mut Buffer<T>,
) -> Result<()> {
    for (port, source) in ports.iter().zip(sources) {
        let Source::Numbers(source) = source else { continue };
        let size: usize = source.dims().iter().skip(1).product();
        let place = match source.contiguous() {
            Some(data) => T::first_non_finite(data).map(|place| (place / size.max(1), data[place])),
            None => {
                let room = room.take(size);
                (0..source.dims()[0]).find_map(|row| {
                    source.copy_row(row, room);
                    T::first_non_finite(room).map(|place| (row, room[place]))
                })
            }
        };
        if let Some((row, value)) = place {
            return Err(Error::data(format!(
                "{role} `{}` holds {value} in row {row}: remove the row, or replace the value by a number",
                port.name
            )));
        }
    }
    Ok(())
}

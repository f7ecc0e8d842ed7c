//! Checking a batch at the boundary of a model: every mistake names the input, what it takes and what it got.

use std::ops::Range;

use formwork_shape::{DYN, Shape, is_dynamic};
use smallvec::SmallVec;

use super::graph::{Graph, Port};
use super::source::{Numbers, Source};
use crate::buffer::Buffer;
use crate::view::View;
use crate::{Error, Real, Result};

/// The tensors of a batch, in the order of the model's ports.
pub type Views<'a, T> = SmallVec<[View<'a, T>; 4]>;

/// Checks that `sources` are a batch for `ports` and returns its number of rows; `shapes` gets the shape of each.
pub fn check<T: Real>(
    graph: &Graph,
    role: &str,
    ports: &[Port],
    sources: &[Source<'_, T>],
    shapes: &mut Vec<Shape>,
) -> Result<usize> {
    shapes.clear();
    for (port, source) in ports.iter().zip(sources) {
        shapes.push(shape_of(graph, role, port, source.dims())?);
    }
    let rows = sources.first().map_or(0, Source::rows);
    if sources.iter().any(|s| s.rows() != rows) {
        let counts: Vec<String> =
            ports.iter().zip(sources).map(|(p, s)| format!("`{}` has {}", p.name, s.rows())).collect();
        return Err(Error::data(format!(
            "the {role}s of {} need the same number of rows, but {}",
            graph.name,
            counts.join(", ")
        )));
    }
    if rows == 0 {
        return Err(Error::data(format!("the batch for {} is empty: give it at least one row", graph.name)));
    }
    named_axes(graph, role, ports, shapes)?;
    Ok(rows)
}

/// Checks all ids of a batch.
pub fn check_ids<T: Real>(
    ports: &[Port],
    sources: &[Source<'_, T>],
    shapes: &[Shape],
    rooms: &mut Vec<Buffer<u32>>,
) -> Result<()> {
    rooms.resize_with(ports.len(), Buffer::default);
    for (((port, source), shape), room) in ports.iter().zip(sources).zip(shapes).zip(rooms) {
        let Source::Ids(source) = source else { continue };
        let target = room.take(shape.size());
        for row in 0..source.dims()[0] {
            source.copy_row(row, target).map_err(|value| bad_id(port, row, &value))?;
            within_limit(port, row, target)?;
        }
    }
    Ok(())
}

/// Some rows of a checked batch as tensors. Numbers that lie row after row are read in place, all else is copied.
pub fn views<'a, T: Real>(
    ports: &[Port],
    sources: &[Source<'a, T>],
    shapes: &[Shape],
    rows: Range<usize>,
    numbers: &'a mut Vec<Buffer<T>>,
    ids: &'a mut Vec<Buffer<u32>>,
) -> Result<Views<'a, T>> {
    numbers.resize_with(ports.len(), Buffer::default);
    ids.resize_with(ports.len(), Buffer::default);
    let mut views = Views::new();
    let room = numbers.iter_mut().zip(ids.iter_mut());
    for (((port, source), shape), (numbers, ids)) in ports.iter().zip(sources).zip(shapes).zip(room) {
        let (count, size) = (rows.len(), shape.size());
        views.push(match source {
            Source::Numbers(source) => match source.contiguous() {
                Some(data) => View::numbers(&data[rows.start * size..][..count * size], count, *shape),
                None => View::numbers(copied(*source, size, rows.clone(), numbers), count, *shape),
            },
            Source::Ids(source) => {
                let target = ids.take(count * size);
                for (row, target) in rows.clone().zip(target.chunks_exact_mut(size.max(1))) {
                    source.copy_row(row, target).map_err(|value| bad_id(port, row, &value))?;
                }
                View::ids(target, count, *shape)
            }
        });
    }
    Ok(views)
}

fn copied<'a, T: Real>(source: &dyn Numbers<T>, size: usize, rows: Range<usize>, buffer: &'a mut Buffer<T>) -> &'a [T] {
    let target = buffer.take(rows.len() * size);
    for (row, target) in rows.zip(target.chunks_exact_mut(size.max(1))) {
        source.copy_row(row, target);
    }
    target
}

/// Checks one sample, whose arrays have been given a batch axis.
pub(super) fn sample<T: Real>(graph: &Graph, sources: &[Source<'_, T>]) -> Result<()> {
    for (port, source) in graph.inputs.iter().zip(sources) {
        let got = source.dims().get(1..).unwrap_or(&[]);
        if !fits(&port.shape, got) {
            let shape = describe(graph, &port.shape).replacen("batch, ", "", 1);
            let hint = if got.len() == port.shape.rank() + 1 { "; a batch is for predict" } else { "" };
            return Err(Error::data(format!(
                "input `{}` of {} takes a sample of shape {shape}, but got an array of shape {}{hint}",
                port.name,
                graph.name,
                describe_dims(got)
            )));
        }
        if let Source::Ids(ids) = source {
            let mut row = vec![0; got.iter().product()];
            let bad = ids.copy_row(0, &mut row).err();
            let above = || row.iter().find(|id| port.limit.is_some_and(|limit| **id as usize >= limit));
            if let Some(value) = bad.or_else(|| above().map(u32::to_string)) {
                let name = port.name;
                return Err(Error::data(format!("`{name}` holds {value}, but ids must be in {}", id_range(port))));
            }
        }
    }
    Ok(())
}

fn fits(expected: &Shape, got: &[usize]) -> bool {
    got.len() == expected.rank()
        && got.iter().zip(expected.dims()).all(|(n, want)| n == want || (is_dynamic(*want) && *n > 0))
}

/// The first id of a row that an Embedding or a class count forbids.
pub(crate) fn within_limit(port: &Port, row: usize, ids: &[u32]) -> Result<()> {
    match (port.limit, ids.iter().max()) {
        (Some(limit), Some(largest)) if *largest as usize >= limit => Err(bad_id(port, row, &largest.to_string())),
        _ => Ok(()),
    }
}

pub(crate) fn bad_id(port: &Port, row: usize, value: &str) -> Error {
    Error::data(format!("`{}` holds {value} in row {row}, but ids must be in {}", port.name, id_range(port)))
}

fn id_range(port: &Port) -> String {
    match port.limit {
        Some(limit) => format!("0..{limit}"),
        None => "0..4294967296".to_string(),
    }
}

fn shape_of(graph: &Graph, role: &str, port: &Port, dims: &[usize]) -> Result<Shape> {
    let expected = &port.shape;
    let got = dims.get(1..).unwrap_or(&[]);
    if fits(expected, got) {
        return Ok(Shape::new(got));
    }
    let hint = if dims.len() == expected.rank() {
        "; a single sample needs a batch axis (insert_axis), or predict_one"
    } else if got.iter().zip(expected.dims()).any(|(n, want)| *n == 0 && is_dynamic(*want)) {
        "; an axis of length 0 has nothing to compute from"
    } else {
        ""
    };
    Err(Error::data(format!(
        "{role} `{}` of {} takes a batch of shape {}, but got an array of shape {}{hint}",
        port.name,
        graph.name,
        describe(graph, expected),
        describe_dims(dims)
    )))
}

/// Named dynamic axes have one length in a batch.
fn named_axes(graph: &Graph, role: &str, ports: &[Port], shapes: &[Shape]) -> Result<()> {
    for (k, name) in graph.axes.iter().enumerate() {
        let dim = formwork_shape::axis(k);
        let mut first: Option<(&str, usize)> = None;
        for (port, shape) in ports.iter().zip(shapes) {
            for (want, got) in port.shape.dims().iter().zip(shape.dims()) {
                if *want != dim {
                    continue;
                }
                match first {
                    Some((other, length)) if length != *got => {
                        return Err(Error::data(format!(
                            "axis `{name}` of {} must have one length in all {role}s, but it is {length} in `{other}` \
                             and {got} in `{}`",
                            graph.name, port.name
                        )));
                    }
                    _ => first = Some((port.name, *got)),
                }
            }
        }
    }
    Ok(())
}

fn describe(graph: &Graph, shape: &Shape) -> String {
    let dims = shape.dims().iter().map(|dim| match (is_dynamic(*dim), (DYN - dim).checked_sub(1)) {
        (true, Some(k)) if k < graph.axes.len() => graph.axes[k].to_string(),
        (true, _) => "_".to_string(),
        (false, _) => dim.to_string(),
    });
    let mut text = vec!["batch".to_string()];
    text.extend(dims);
    format!("[{}]", text.join(", "))
}

fn describe_dims(dims: &[usize]) -> String {
    let dims: Vec<String> = dims.iter().map(usize::to_string).collect();
    format!("[{}]", dims.join(", "))
}

//! Checking a batch at the boundary of a model: every mistake names the input, what it takes and what it got.

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

/// The tensors of a checked batch. Numbers that lie row after row are read in place, all else is copied.
pub fn views<'a, T: Real>(
    ports: &[Port],
    sources: &[Source<'a, T>],
    shapes: &[Shape],
    numbers: &'a mut Vec<Buffer<T>>,
    ids: &'a mut Vec<Buffer<u32>>,
) -> Result<Views<'a, T>> {
    numbers.resize_with(ports.len(), Buffer::default);
    ids.resize_with(ports.len(), Buffer::default);
    let mut views = Views::new();
    let room = numbers.iter_mut().zip(ids.iter_mut());
    for (((port, source), shape), (numbers, ids)) in ports.iter().zip(sources).zip(shapes).zip(room) {
        let rows = source.rows();
        views.push(match source {
            Source::Numbers(source) => match source.contiguous() {
                Some(data) => View::numbers(data, rows, *shape),
                None => View::numbers(copied(*source, shape.size(), numbers), rows, *shape),
            },
            Source::Ids(source) => {
                let target = ids.take(rows * shape.size());
                for (row, target) in target.chunks_exact_mut(shape.size().max(1)).enumerate() {
                    source.copy_row(row, target).map_err(|value| bad_id(port, row, &value))?;
                    within_limit(port, row, target)?;
                }
                View::ids(target, rows, *shape)
            }
        });
    }
    Ok(views)
}

fn copied<'a, T: Real>(source: &dyn Numbers<T>, size: usize, buffer: &'a mut Buffer<T>) -> &'a [T] {
    let target = buffer.take(source.dims()[0] * size);
    for (row, target) in target.chunks_exact_mut(size.max(1)).enumerate() {
        source.copy_row(row, target);
    }
    target
}

/// The first id of a row that an Embedding or a class count forbids.
pub(crate) fn within_limit(port: &Port, row: usize, ids: &[u32]) -> Result<()> {
    match (port.limit, ids.iter().max()) {
        (Some(limit), Some(largest)) if *largest as usize >= limit => Err(bad_id(port, row, &largest.to_string())),
        _ => Ok(()),
    }
}

pub(crate) fn bad_id(port: &Port, row: usize, value: &str) -> Error {
    let range = match port.limit {
        Some(limit) => format!("0..{limit}"),
        None => "0..4294967296".to_string(),
    };
    Error::data(format!("`{}` holds {value} in row {row}, but ids must be in {range}", port.name))
}

fn shape_of(graph: &Graph, role: &str, port: &Port, dims: &[usize]) -> Result<Shape> {
    let expected = &port.shape;
    let got = dims.get(1..).unwrap_or(&[]);
    let fits = got.len() == expected.rank()
        && got.iter().zip(expected.dims()).all(|(n, want)| n == want || (is_dynamic(*want) && *n > 0));
    if fits {
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

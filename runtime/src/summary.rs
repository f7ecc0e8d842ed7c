//! A table of a model's layers, laid out as Keras prints it.

use std::collections::BTreeMap;
use std::fmt;

use formwork_shape::{Shape, is_dynamic};

use crate::Real;
use crate::model::{Graph, Row};
use crate::weights::Parameters;

/// The layers of a model with their output shapes and numbers of parameters. Print it: `println!("{}", model.summary())`.
#[derive(Clone, Debug)]
pub struct Summary {
    name: &'static str,
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    element: usize,
    trainable: usize,
    non_trainable: usize,
}

impl Summary {
    pub(crate) fn new<T: Real>(graph: &'static Graph, parameters: &dyn Parameters<T>) -> Self {
        let mut counts: Vec<usize> = vec![0; graph.layers.len()];
        let (mut trainable, mut non_trainable) = (0, 0);
        parameters.visit("", &mut |path, variable| {
            let len = variable.data().len();
            let owner =
                |row: &Row| !row.shared && path.strip_prefix(row.name).is_some_and(|rest| rest.starts_with('/'));
            if let Some(place) = graph.layers.iter().position(owner) {
                counts[place] += len;
            }
            if variable.trainable() {
                trainable += len;
            } else {
                non_trainable += len;
            }
        });
        let sequential = is_sequential(graph);
        let mut header = vec!["Layer (type)", "Output Shape", "Param #"];
        let mut rows = Vec::new();
        if !sequential {
            header.push("Connected to");
            for input in graph.inputs {
                let name = format!("{} (InputLayer)", input.name);
                rows.push(vec![name, shape(&input.shape), "0".to_string(), "-".to_string()]);
            }
        }
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, count) in graph.layers.iter().zip(counts) {
            let connected = row.inputs.join(", ");
            // A shared layer has one row, which lists what each of its uses reads.
            if let Some(first) = places.get(row.name).filter(|_| row.shared) {
                let cells: &mut Vec<String> = &mut rows[*first];
                cells[3] = format!("{}, {connected}", cells[3]);
                continue;
            }
            places.insert(row.name, rows.len());
            let mut cells =
                vec![format!("{} ({})", row.name, row.layer), shape(&graph.edges[row.edge].shape), thousands(count)];
            if !sequential {
                cells.push(connected);
            }
            rows.push(cells);
        }
        Summary { name: graph.name, header, rows, element: size_of::<T>(), trainable, non_trainable }
    }

    /// The number of all parameters.
    pub fn total_params(&self) -> usize {
        self.trainable + self.non_trainable
    }

    /// The number of parameters that training changes by their gradient.
    pub fn trainable_params(&self) -> usize {
        self.trainable
    }

    /// The number of the other parameters, such as moving averages.
    pub fn non_trainable_params(&self) -> usize {
        self.non_trainable
    }

    fn total(&self, f: &mut fmt::Formatter<'_>, what: &str, count: usize) -> fmt::Result {
        writeln!(f, " {what}: {} ({})", thousands(count), memory(count * self.element))
    }
}

/// Does each layer read the one before, and the first one the only input?
fn is_sequential(graph: &Graph) -> bool {
    let [input] = graph.inputs else { return false };
    let mut before = input.name;
    graph.layers.iter().all(|row| {
        let follows = row.inputs == [format!("{before}[0][0]")] && !row.shared;
        before = row.name;
        follows
    })
}

fn shape(shape: &Shape) -> String {
    let dims = shape.dims().iter().map(|dim| if is_dynamic(*dim) { "None".to_string() } else { dim.to_string() });
    let dims: Vec<String> = std::iter::once("None".to_string()).chain(dims).collect();
    if dims.len() == 1 { "(None,)".to_string() } else { format!("({})", dims.join(", ")) }
}

/// `1234567` as `1,234,567`.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn memory(bytes: usize) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} TB")
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.header[column].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |f: &mut fmt::Formatter<'_>, [left, fill, cross, right]: [&str; 4]| {
            let parts: Vec<String> = widths.iter().map(|width| fill.repeat(width + 2)).collect();
            writeln!(f, "{left}{}{right}", parts.join(cross))
        };
        let cells = |f: &mut fmt::Formatter<'_>, bar: &str, cells: &[&str]| {
            for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                match column {
                    2 => write!(f, "{bar} {cell:>width$} ")?,
                    _ => write!(f, "{bar} {cell:<width$} ")?,
                }
            }
            writeln!(f, "{bar}")
        };
        writeln!(f, "Model: \"{}\"", self.name)?;
        line(f, ["┏", "━", "┳", "┓"])?;
        cells(f, "┃", &self.header)?;
        line(f, ["┡", "━", "╇", "┩"])?;
        for (place, row) in self.rows.iter().enumerate() {
            if place > 0 {
                line(f, ["├", "─", "┼", "┤"])?;
            }
            cells(f, "│", &row.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        line(f, ["└", "─", "┴", "┘"])?;
        self.total(f, "Total params", self.total_params())?;
        self.total(f, "Trainable params", self.trainable)?;
        self.total(f, "Non-trainable params", self.non_trainable)
    }
}

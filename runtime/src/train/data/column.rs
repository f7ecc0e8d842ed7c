//! The arrays of a data set by name, before it is known which model they are for.

use ndarray::{ArrayBase, ArrayRef, Axis, Data, RemoveAxis};

use crate::model::Ids;
use crate::{Error, Real, Result};

/// A struct of arrays, one a name: the inputs or the targets of a model.
pub trait Columns {
    /// The arrays in the order of their names.
    fn columns(&self) -> impl AsRef<[Column<'_>]>;
}

/// A named array.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// The name of the input or output.
    pub name: &'static str,
    /// The array.
    pub data: &'a dyn Scan,
}

impl std::fmt::Debug for Column<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Column").field("name", &self.name).field("dims", &self.data.dims()).finish()
    }
}

/// An array that can be searched for numbers that are none.
pub trait Scan {
    /// The lengths of all axes, the batch first.
    fn dims(&self) -> &[usize];

    /// The first row that holds NaN or infinity, and which.
    fn first_bad(&self) -> Option<(usize, f64)>;
}

/// The element of an array that a data set may hold.
pub trait ScanElement: Copy {
    /// Where the first NaN or infinity is.
    fn first_bad(data: &[Self]) -> Option<usize>;

    /// For messages.
    fn number(self) -> f64;
}

macro_rules! elements {
    ($($t:ty)*; $($i:ty)*) => {
        $(impl ScanElement for $t {
            fn first_bad(data: &[Self]) -> Option<usize> {
                Self::first_non_finite(data)
            }

            fn number(self) -> f64 {
                self.wide()
            }
        })*
        $(impl ScanElement for $i {
            fn first_bad(_: &[Self]) -> Option<usize> {
                None
            }

            fn number(self) -> f64 {
                self as f64
            }
        })*
    };
}

impl ScanElement for bool {
    fn first_bad(_: &[Self]) -> Option<usize> {
        None
    }

    fn number(self) -> f64 {
        f64::from(self)
    }
}

elements! { f32 f64; u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl<E: ScanElement, D: RemoveAxis> Scan for &ArrayRef<E, D> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn first_bad(&self) -> Option<(usize, f64)> {
        if let Some(data) = self.as_slice() {
            let place = E::first_bad(data)?;
            let row = place / (data.len() / self.shape()[0]).max(1);
            return Some((row, data[place].number()));
        }
        self.axis_iter(Axis(0)).enumerate().find_map(|(row, values)| {
            let bad = values.iter().find(|value| E::first_bad(&[**value]).is_some())?;
            Some((row, bad.number()))
        })
    }
}

impl<S: Data, D: RemoveAxis> Scan for &ArrayBase<S, D>
where
    S::Elem: ScanElement,
{
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn first_bad(&self) -> Option<(usize, f64)> {
        let array: &ArrayRef<S::Elem, D> = self;
        array.first_bad()
    }
}

impl Scan for &(dyn Ids + '_) {
    fn dims(&self) -> &[usize] {
        Ids::dims(*self)
    }

    fn first_bad(&self) -> Option<(usize, f64)> {
        None
    }
}

/// Checks what needs no model, and returns the number of rows.
pub(crate) fn check(inputs: &[Column<'_>], targets: &[Column<'_>]) -> Result<usize> {
    let all = || inputs.iter().map(|c| ("input", c)).chain(targets.iter().map(|c| ("target", c)));
    let rows = |column: &Column<'_>| column.data.dims().first().copied().unwrap_or(0);
    let first = all().next().map_or(0, |(_, column)| rows(column));
    if all().any(|(_, column)| rows(column) != first) {
        let counts: Vec<String> =
            all().map(|(role, column)| format!("{role} `{}` has {}", column.name, rows(column))).collect();
        return Err(Error::data(format!("all arrays need the same number of rows, but {}", counts.join(", "))));
    }
    if first == 0 {
        return Err(Error::data("the data set has no samples: give every array at least one row"));
    }
    for (role, column) in all() {
        if let Some((row, value)) = column.data.first_bad() {
            return Err(Error::data(format!(
                "{role} `{}` holds {value} in row {row}: remove the row, or replace the value by a number",
                column.name
            )));
        }
    }
    Ok(first)
}

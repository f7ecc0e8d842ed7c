//! One-hot rows.

use ndarray::{Array2, ArrayRef, Ix1};

use crate::model::{Ids, Whole};
use crate::{Error, Real, Result};

/// One row for each class id: 1 at the class, 0 elsewhere. What the rows hold has to be said:
///
/// ```
/// use formwork::ndarray::array;
/// use formwork::prelude::*;
///
/// let rows = to_categorical::<f32, _>(&array![2u8, 0], 3)?;
/// assert_eq!(rows, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// If an id is not below `classes`.
pub fn to_categorical<T: Real, I: Whole>(ids: &ArrayRef<I, Ix1>, classes: usize) -> Result<Array2<T>> {
    let mut rows = Array2::zeros((ids.len(), classes));
    for (row, mut target) in rows.outer_iter_mut().enumerate() {
        let mut id = [0];
        let known = ids.copy_row(row, &mut id).is_ok();
        match target.get_mut(id[0] as usize) {
            Some(one) if known => *one = T::one(),
            _ => {
                let value = ids[row];
                return Err(Error::data(format!("class id {value} in row {row} must be in 0..{classes}")));
            }
        }
    }
    Ok(rows)
}

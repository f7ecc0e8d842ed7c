//! One-hot rows.

use ndarray::{Array2, ArrayRef, Ix1};

use crate::model::{Ids, Whole};
use crate::{Error, Real, Result};

/// One row for each class id: 1 at the class, 0 elsewhere.
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

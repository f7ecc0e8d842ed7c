//! Preparing arrays: scaling rows, and splitting off what tests a model.

use ndarray::{Array, ArrayRef, Axis, RemoveAxis};

use super::element::Element;
use crate::random::{Purpose, Random};
use crate::{Error, Real, Result};

/// The array divided by its norm of order `order` along `axis`, Keras' `normalize`: x / (Σ |x|ᵖ)¹ᐟᵖ. Where all numbers
/// are 0, they stay 0.
///
/// # Panics
/// If the array has no such axis.
pub fn normalize<T: Real, D: RemoveAxis>(x: &ArrayRef<T, D>, axis: Axis, order: f64) -> Array<T, D> {
    let mut scaled = x.to_owned();
    for mut lane in scaled.lanes_mut(axis) {
        let norm = lane.iter().map(|x| x.wide().abs().powf(order)).sum::<f64>().powf(order.recip());
        if norm > 0.0 {
            lane.mapv_inplace(|x| T::of(x.wide() / norm));
        }
    }
    scaled
}

/// Rows to train on and rows to test with, `share` of all, drawn by `seed`: `x.select(Axis(0), &train)`.
///
/// ```
/// use formwork::data::train_test_split;
///
/// let (train, test) = train_test_split(10, 0.2, 7)?;
/// assert_eq!((train.len(), test.len()), (8, 2));
/// # Ok::<(), formwork::Error>(())
/// ```
///
/// # Errors
/// If one of the two would be empty.
pub fn train_test_split(rows: usize, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    let test = tested(rows, share)?;
    let mut order: Vec<usize> = (0..rows).collect();
    Random::new(seed, Purpose::Data, 0).shuffle(&mut order);
    let train = order.split_off(test);
    Ok((train, order))
}

/// As [`train_test_split`], so that every class has the same share of both: `classes` holds the class of each row.
///
/// # Errors
/// If one of the two would be empty, or a class has a single row.
pub fn stratified_split<E: Element + Ord>(classes: &[E], share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    let test = tested(classes.len(), share)?;
    let mut order: Vec<usize> = (0..classes.len()).collect();
    let mut random = Random::new(seed, Purpose::Data, 0);
    random.shuffle(&mut order);
    // A stable sort: the rows of a class stay in random order.
    order.sort_by_key(|row| classes[*row]);
    let groups: Vec<&[usize]> = order.chunk_by(|a, b| classes[*a] == classes[*b]).collect();
    if let Some(single) = groups.iter().find(|group| group.len() == 1) {
        let (row, class) = (single[0], classes[single[0]].number());
        return Err(Error::data(format!(
            "class {class} has a single row, {row}, which cannot be on both sides of a split"
        )));
    }
    // Each class gives what it owes, rounded down; the classes with the largest rests make up for the difference.
    let owed = |group: &&[usize]| group.len() as f64 * test as f64 / classes.len() as f64;
    let mut given: Vec<usize> = groups.iter().map(|group| owed(group) as usize).collect();
    let mut by_rest: Vec<usize> = (0..groups.len()).collect();
    by_rest.sort_by(|a, b| owed(&groups[*b]).fract().total_cmp(&owed(&groups[*a]).fract()));
    let missing = test - given.iter().sum::<usize>();
    by_rest.into_iter().take(missing).for_each(|class| given[class] += 1);
    let (mut train, mut tested) = (Vec::new(), Vec::new());
    for (group, given) in groups.iter().zip(given) {
        tested.extend_from_slice(&group[..given]);
        train.extend_from_slice(&group[given..]);
    }
    random.shuffle(&mut train);
    random.shuffle(&mut tested);
    Ok((train, tested))
}

/// How many of the rows test.
fn tested(rows: usize, share: f64) -> Result<usize> {
    let test = (rows as f64 * share).round();
    if share.is_finite() && test >= 1.0 && test < rows as f64 {
        return Ok(test as usize);
    }
    Err(Error::data(format!("a share of {share} of {rows} rows leaves nothing on one side of the split")))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn splits_hold_all_rows_once_and_all_classes_alike(
            counts in proptest::collection::vec(2usize..40, 1..6), share in 0.1f64..0.9, seed in any::<u64>(),
        ) {
            let classes: Vec<u8> = counts.iter().enumerate().flat_map(|(c, n)| vec![c as u8; *n]).collect();
            let rows = classes.len();
            prop_assume!(tested(rows, share).is_ok());
            let (plain, stratified) =
                (train_test_split(rows, share, seed).unwrap(), stratified_split(&classes, share, seed).unwrap());
            for (train, test) in [&plain, &stratified] {
                prop_assert_eq!(test.len(), tested(rows, share).unwrap());
                let mut all = [&train[..], test].concat();
                all.sort_unstable();
                prop_assert!(all.into_iter().eq(0..rows));
            }
            prop_assert_eq!(&stratified, &stratified_split(&classes, share, seed).unwrap());
            for (class, count) in counts.iter().enumerate() {
                let drawn = stratified.1.iter().filter(|row| classes[**row] == class as u8).count() as f64;
                let owed = *count as f64 * stratified.1.len() as f64 / rows as f64;
                prop_assert!((drawn - owed).abs() <= 1.0, "class {}: {} of {}", class, drawn, owed);
            }
        }
    }

    #[test]
    fn splits_that_leave_nothing_are_refused() {
        for (rows, share) in [(0, 0.5), (1, 0.5), (10, 0.0), (10, 1.0), (10, f64::NAN), (10, -0.5)] {
            assert!(train_test_split(rows, share, 1).is_err(), "{rows} {share}");
        }
        assert!(stratified_split(&[1u8, 1, 2], 0.4, 1).unwrap_err().to_string().contains("class 2"));
    }

    #[test]
    fn rows_are_normalized_as_keras_does() {
        let x: Array2<f64> = array![[3.0, 4.0], [0.0, 0.0]];
        assert_eq!(normalize(&x, Axis(1), 2.0), array![[0.6, 0.8], [0.0, 0.0]]);
        assert_eq!(normalize(&x, Axis(1), 1.0), array![[3.0 / 7.0, 4.0 / 7.0], [0.0, 0.0]]);
        assert_eq!(normalize(&x, Axis(0), 2.0), array![[1.0, 1.0], [0.0, 0.0]]);
    }
}

//! Comparing numbers with Keras'.

use std::fmt;

/// The number that is furthest from what it should be, measured in tolerances.
#[derive(Clone, Debug)]
pub struct Difference {
    tensor: String,
    index: usize,
    got: f64,
    want: f64,
}

/// How far off, where 1 is just tolerable.
fn size(got: f64, want: f64) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        return 0.0;
    }
    let size = (got - want).abs() / (1e-4 + 1e-4 * want.abs());
    if size.is_nan() { f64::INFINITY } else { size }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] is {}, but Keras has {}", self.tensor, self.index, self.got as f32, self.want)
    }
}

/// All comparisons of one case.
#[derive(Debug, Default)]
pub struct Comparisons {
    worst: Option<Difference>,
    /// What was not compared, and why.
    pub note: Option<String>,
}

impl Comparisons {
    /// Compares element by element.
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn add<A: Copy + Into<f64>>(&mut self, tensor: &str, got: &[A], want: &[f64]) -> Result<(), String> {
        if got.len() != want.len() {
            return Err(format!("{tensor} has {} numbers, but Keras has {}", got.len(), want.len()));
        }
        for (index, (got, want)) in got.iter().zip(want).enumerate() {
            let got = (*got).into();
            if size(got, *want) > self.worst.as_ref().map_or(0.0, |worst| size(worst.got, worst.want)) {
                self.worst = Some(Difference { tensor: tensor.to_string(), index, got, want: *want });
            }
        }
        Ok(())
    }

    /// # Errors
    /// If a number is off by more than 1e-4 and 1e-4 of what it should be.
    pub fn verdict(&self) -> Result<(), String> {
        match &self.worst {
            Some(difference) if size(difference.got, difference.want) > 1.0 => Err(difference.to_string()),
            _ => Ok(()),
        }
    }

    /// Are the two the same within the tolerance?
    pub fn close(got: &[f32], want: &[f32]) -> bool {
        let want: Vec<f64> = want.iter().map(|x| f64::from(*x)).collect();
        let mut comparisons = Comparisons::default();
        comparisons.add("", got, &want).is_ok() && comparisons.verdict().is_ok()
    }
}

//! Training as a test sees it.

use formwork::Result;

/// Checks that the loss that `step` returns has fallen after `steps` more steps.
///
/// # Errors
/// Those of `step`.
///
/// # Panics
/// If it has not.
pub fn loss_falls(steps: usize, mut step: impl FnMut() -> Result<f64>) -> Result<()> {
    let first = step()?;
    let mut last = first;
    for _ in 0..steps {
        last = step()?;
    }
    assert!(last < first, "the loss went from {first} to {last}");
    Ok(())
}

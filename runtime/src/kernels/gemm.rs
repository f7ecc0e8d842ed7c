//! Matrix products.

/// What happens to the numbers that a kernel's target holds before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// They are replaced.
    Overwrite,
    /// The result is added to them.
    Add,
}

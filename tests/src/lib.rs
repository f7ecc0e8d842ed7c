//! What the tests share: reproducible data, and gradients beside finite differences.

mod data;
mod slopes;

pub use data::{Samples, ids, numbers};
pub use slopes::slopes_agree;

//! What the tests share: reproducible data, optimizers as Keras has them, and gradients beside finite
//! differences.

mod data;
mod learning;
mod settings;
mod slopes;
mod steps;

pub use data::{Samples, ids, numbers};
pub use learning::loss_falls;
pub use slopes::slopes_agree;
pub use steps::a_step_lowers_the_loss;

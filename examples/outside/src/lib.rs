//! A layer of one's own and models around it, in a crate of their own.

mod gate;

use formwork::prelude::*;
pub use gate::Gate;

/// Features of a measurement. The macro sees the name alone; the compiler checks the shapes all the same.
pub const FEATURES: usize = 12;

model!(
    /// A measurement in; what matters of it, and how much of each feature passed.
    pub fn Sieve(measurement: Input<FEATURES>) -> Outputs<kept = Output<6>, passed = Output<FEATURES>> {
        let (kept, passed) = Gate::<FEATURES>(sharpness = 2.0)(measurement);
        let kept = Dense(6, activation = tanh)(kept);
        Outputs { kept, passed }
    }
);

use formwork_shape::layers;

use super::norm::{Norm, Normalizes};
use crate::Real;
use crate::weights::{Weights, named_weights};

named_weights! { RMSNormalization { scale / scale_mut: IxDyn } }

impl Normalizes for layers::RMSNormalization {
    fn axes(&self) -> &[isize] {
        self.axis.as_slice()
    }

    fn norm<'w, T: Real>(&self, weights: &'w Weights<T>, run: usize) -> Norm<'w, T> {
        Norm { run, centred: false, epsilon: self.epsilon, gamma: Some(weights.data(0)), beta: None }
    }
}

#[cfg(test)]
super::conformance::cases!(RMSNormalization: some_axes(1..5) => |(input, axis)| {
    Case::new(layers::RMSNormalization { axis, ..layers::RMSNormalization::TEMPLATE }, [input])
});

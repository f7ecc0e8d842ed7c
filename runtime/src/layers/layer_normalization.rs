use formwork_shape::layers;

use super::norm::{Norm, Normalizes};
use crate::Real;
use crate::weights::{Weights, named_weights};

named_weights! { LayerNormalization { gamma / gamma_mut: IxDyn optional, beta / beta_mut: IxDyn optional } }

impl Normalizes for layers::LayerNormalization {
    fn axes(&self) -> &[isize] {
        self.axis.as_slice()
    }

    fn norm<'w, T: Real>(&self, weights: &'w Weights<T>, run: usize) -> Norm<'w, T> {
        Norm {
            run,
            centred: true,
            epsilon: self.epsilon,
            gamma: self.scale.then(|| weights.data(0)),
            beta: self.center.then(|| weights.data(usize::from(self.scale))),
        }
    }
}

#[cfg(test)]
super::conformance::cases!(LayerNormalization: (some_axes(1..5), any::<bool>(), any::<bool>()) => |((input, axis), center, scale)| {
    Case::new(layers::LayerNormalization { axis, center, scale, ..layers::LayerNormalization::TEMPLATE }, [input])
});

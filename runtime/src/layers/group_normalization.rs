use formwork_shape::layers;

use super::norm::{Blocks, Norm, Normalizes, Order};
use crate::Real;
use crate::weights::{Weights, named_weights};

named_weights! { GroupNormalization { gamma / gamma_mut: Ix1 optional, beta / beta_mut: Ix1 optional } }

impl Normalizes for layers::GroupNormalization {
    fn axes(&self) -> &[isize] {
        std::slice::from_ref(&self.axis)
    }

    fn norm<'w, T: Real>(&self, weights: &'w Weights<T>, order: &Order, size: usize) -> Norm<'w, T> {
        let channels = order.run;
        let groups = if self.groups == -1 { channels } else { self.groups as usize };
        Norm {
            blocks: Blocks { places: size / channels.max(1), groups, run: channels / groups },
            centred: true,
            epsilon: self.epsilon,
            gamma: self.scale.then(|| weights.data(0)),
            beta: self.center.then(|| weights.data(usize::from(self.scale))),
        }
    }
}

#[cfg(test)]
super::conformance::cases!(GroupNormalization: (axes(1..4), any::<bool>(), any::<bool>(), -1..4isize) => |((input, axis), center, scale, groups)| {
    Case::new(layers::GroupNormalization { groups, axis, center, scale, ..layers::GroupNormalization::TEMPLATE }, [input])
});

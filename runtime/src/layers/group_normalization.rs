use formwork_shape::layers;

use super::norm::{Blocks, Norm, Room, Targets};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { GroupNormalization { gamma / gamma_mut: Ix1 optional, beta / beta_mut: Ix1 optional } }

impl<T: Real> Kernel<T> for layers::GroupNormalization {
    fn infer(&self, pass: &Pass<'_>, weights: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        norm(self, weights, &x[0]).forward(pass.threads, x[0].data(), y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let norm = norm(self, weights, &step.x[0]);
        let write = step.dw.write();
        let gamma = norm.gamma.map(|gamma| step.dw.next(gamma.len()));
        let beta = norm.beta.map(|beta| step.dw.next(beta.len()));
        let targets = Targets { gamma, beta, write };
        let (x, dy) = (step.x[0].data(), step.dy[0].data());
        norm.backward(pass.threads, (x, dy), step.dx[0].target(), targets, work.of::<Room<T>>());
    }
}

fn norm<'w, T: Real>(layer: &layers::GroupNormalization, weights: &'w Weights<T>, x: &View<'_, T>) -> Norm<'w, T> {
    let channels = x.last();
    let groups = if layer.groups == -1 { channels } else { layer.groups as usize };
    Norm {
        blocks: Blocks { places: x.shape().size() / channels.max(1), groups, run: channels / groups },
        centred: true,
        epsilon: layer.epsilon,
        gamma: layer.scale.then(|| weights.data(0)),
        beta: layer.center.then(|| weights.data(usize::from(layer.scale))),
    }
}

#[cfg(test)]
super::conformance::cases!(GroupNormalization: (shape(1..4), any::<bool>(), any::<bool>(), -1..4isize) => |(input, center, scale, groups)| {
    Case::new(layers::GroupNormalization { groups, center, scale, ..layers::GroupNormalization::TEMPLATE }, [input])
});

use formwork_shape::layers;

use super::norm::{Blocks, Norm, Room, Targets};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { LayerNormalization { gamma / gamma_mut: IxDyn optional, beta / beta_mut: IxDyn optional } }

impl<T: Real> Kernel<T> for layers::LayerNormalization {
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

fn norm<'w, T: Real>(layer: &layers::LayerNormalization, weights: &'w Weights<T>, x: &View<'_, T>) -> Norm<'w, T> {
    let dims = x.shape().dims();
    let run = dims[dims.len() - layer.axis.as_slice().len()..].iter().product();
    Norm {
        blocks: Blocks { places: 1, groups: 1, run },
        centred: true,
        epsilon: layer.epsilon,
        gamma: layer.scale.then(|| weights.data(0)),
        beta: layer.center.then(|| weights.data(usize::from(layer.scale))),
    }
}

#[cfg(test)]
super::conformance::cases!(LayerNormalization: (shape(2..4), any::<bool>(), any::<bool>(), any::<bool>()) => |(input, center, scale, two)| {
    let axis = formwork_shape::Dims::of(if two { &[-2, -1] } else { &[-1] });
    Case::new(layers::LayerNormalization { axis, center, scale, ..layers::LayerNormalization::TEMPLATE }, [input])
});

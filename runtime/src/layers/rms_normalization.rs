use formwork_shape::layers;

use super::norm::{Blocks, Norm, Room, Targets};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { RMSNormalization { scale / scale_mut: IxDyn } }

impl<T: Real> Kernel<T> for layers::RMSNormalization {
    fn infer(&self, pass: &Pass<'_>, weights: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        norm(self, weights, &x[0]).forward(pass.threads, x[0].data(), y[0].data);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let norm = norm(self, weights, &step.x[0]);
        let write = step.dw.write();
        let targets = Targets { gamma: Some(step.dw.next(weights.data(0).len())), beta: None, write };
        let (x, dy) = (step.x[0].data(), step.dy[0].data());
        norm.backward(pass.threads, (x, dy), step.dx[0].target(), targets, work.of::<Room<T>>());
    }
}

fn norm<'w, T: Real>(layer: &layers::RMSNormalization, weights: &'w Weights<T>, x: &View<'_, T>) -> Norm<'w, T> {
    let dims = x.shape().dims();
    let run = dims[dims.len() - layer.axis.as_slice().len()..].iter().product();
    Norm {
        blocks: Blocks { places: 1, groups: 1, run },
        centred: false,
        epsilon: layer.epsilon,
        gamma: Some(weights.data(0)),
        beta: None,
    }
}

#[cfg(test)]
super::conformance::cases!(RMSNormalization: (shape(2..4), any::<bool>()) => |(input, two)| {
    let axis = formwork_shape::Dims::of(if two { &[-2, -1] } else { &[-1] });
    Case::new(layers::RMSNormalization { axis, ..layers::RMSNormalization::TEMPLATE }, [input])
});

use formwork_shape::layers;

use super::norm::{Along, Blocks, Norm, Order, Targets};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { GroupNormalization { gamma / gamma_mut: Ix1 optional, beta / beta_mut: Ix1 optional } }

impl<T: Real> Kernel<T> for layers::GroupNormalization {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let order = Order::new(&[self.axis], x[0].shape());
        let Along { moved, .. } = work.of::<Along<T>>();
        order.forward(pass.threads, &x[0], y[0].data, moved, |x, y| {
            norm(self, weights, &order, x.len() / pass.batch.max(1)).forward(pass.threads, x, y);
        });
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let order = Order::new(&[self.axis], step.x[0].shape());
        let norm = norm(self, weights, &order, step.x[0].shape().size());
        let write = step.dw.write();
        let gamma = norm.gamma.map(|gamma| step.dw.next(gamma.len()));
        let beta = norm.beta.map(|beta| step.dw.next(beta.len()));
        let targets = Targets { gamma, beta, write };
        let Along { room, moved } = work.of::<Along<T>>();
        order.backward(pass.threads, (&step.x[0], &step.dy[0]), step.dx[0].target(), moved, |(x, dy), dx| {
            norm.backward(pass.threads, (x, dy), dx, targets, room);
        });
    }
}

fn norm<'w, T: Real>(
    layer: &layers::GroupNormalization,
    weights: &'w Weights<T>,
    order: &Order,
    size: usize,
) -> Norm<'w, T> {
    let channels = order.run;
    let groups = if layer.groups == -1 { channels } else { layer.groups as usize };
    Norm {
        blocks: Blocks { places: size / channels.max(1), groups, run: channels / groups },
        centred: true,
        epsilon: layer.epsilon,
        gamma: layer.scale.then(|| weights.data(0)),
        beta: layer.center.then(|| weights.data(usize::from(layer.scale))),
    }
}

#[cfg(test)]
super::conformance::cases!(GroupNormalization: (axes(1..4), any::<bool>(), any::<bool>(), -1..4isize) => |((input, axis), center, scale, groups)| {
    Case::new(layers::GroupNormalization { groups, axis, center, scale, ..layers::GroupNormalization::TEMPLATE }, [input])
});

use formwork_shape::layers;

use super::norm::{Along, Blocks, Norm, Order, Targets};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { LayerNormalization { gamma / gamma_mut: IxDyn optional, beta / beta_mut: IxDyn optional } }

impl<T: Real> Kernel<T> for layers::LayerNormalization {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let order = Order::new(self.axis.as_slice(), x[0].shape());
        let Along { moved, .. } = work.of::<Along<T>>();
        order.forward(pass.threads, &x[0], y[0].data, moved, |x, y| {
            norm(self, weights, &order).forward(pass.threads, x, y);
        });
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let order = Order::new(self.axis.as_slice(), step.x[0].shape());
        let norm = norm(self, weights, &order);
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

fn norm<'w, T: Real>(layer: &layers::LayerNormalization, weights: &'w Weights<T>, order: &Order) -> Norm<'w, T> {
    Norm {
        blocks: Blocks { places: 1, groups: 1, run: order.run },
        centred: true,
        epsilon: layer.epsilon,
        gamma: layer.scale.then(|| weights.data(0)),
        beta: layer.center.then(|| weights.data(usize::from(layer.scale))),
    }
}

#[cfg(test)]
super::conformance::cases!(LayerNormalization: (some_axes(1..5), any::<bool>(), any::<bool>()) => |((input, axis), center, scale)| {
    Case::new(layers::LayerNormalization { axis, center, scale, ..layers::LayerNormalization::TEMPLATE }, [input])
});

use formwork_shape::layers;

use super::norm::{Along, Blocks, Norm, Order, Targets};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { RMSNormalization { scale / scale_mut: IxDyn } }

impl<T: Real> Kernel<T> for layers::RMSNormalization {
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
        let targets = Targets { gamma: Some(step.dw.next(weights.data(0).len())), beta: None, write };
        let Along { room, moved } = work.of::<Along<T>>();
        order.backward(pass.threads, (&step.x[0], &step.dy[0]), step.dx[0].target(), moved, |(x, dy), dx| {
            norm.backward(pass.threads, (x, dy), dx, targets, room);
        });
    }
}

fn norm<'w, T: Real>(layer: &layers::RMSNormalization, weights: &'w Weights<T>, order: &Order) -> Norm<'w, T> {
    Norm {
        blocks: Blocks { places: 1, groups: 1, run: order.run },
        centred: false,
        epsilon: layer.epsilon,
        gamma: Some(weights.data(0)),
        beta: None,
    }
}

#[cfg(test)]
super::conformance::cases!(RMSNormalization: some_axes(1..5) => |(input, axis)| {
    Case::new(layers::RMSNormalization { axis, ..layers::RMSNormalization::TEMPLATE }, [input])
});

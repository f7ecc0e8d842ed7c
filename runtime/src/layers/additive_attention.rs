use formwork_shape::layers;

use super::attend::{self, Hiding, Sizes, Sums, Weighing};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { AdditiveAttention { scale / scale_mut: Ix1 optional } }

/// The weights of the sums, and room for gradients: of query, key and scale, sample after sample.
#[derive(Default)]
struct AdditiveWork<T> {
    weighing: Weighing<T>,
    d: Buffer<T>,
    dy: Buffer<T>,
}

impl<T: Real> Kernel<T> for layers::AdditiveAttention {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        forward(self, pass, weights, x, y, work, None);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let random = work.random(pass);
        forward(self, pass, weights, x, y, work, Some((self.dropout, random)));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let AdditiveWork { weighing, d: room, dy } = work.of::<AdditiveWork<T>>();
        let (x, masks) = attend::split(step.x, self.masks);
        let (sizes, hiding) = (sizes(pass, x), Hiding::new(self.use_causal_mask, false, masks));
        let place = x.len() - 1;
        let (query, key, value) = (x[0].data(), x[place].data(), x[1].data());
        let dweights = step.dy.get(1).map(View::data);
        let dy = attend::hidden(step.dy[0].data(), sizes.value, masks[0], dy);
        if let Some(target) = step.dx[1].target() {
            sizes.value_gradient(pass, weighing, self.dropout, dy, target);
        }
        let d = sizes.unweigh(pass, weighing, &hiding, self.dropout, (dy, value), dweights);
        let one = [T::one()];
        let sums = sums(self, weights, &one);
        let (room, [keys_at, weight_at, _, size]) = sums.gradients(&sizes, pass, (query, key), d, room);
        if self.use_scale {
            let write = step.dw.write();
            attend::total(room, size, weight_at, (step.dw.next(sizes.key), write));
        }
        attend::put_gradients(step.dx, place, room, size, [0, keys_at, weight_at]);
    }
}

fn forward<T: Real>(
    layer: &layers::AdditiveAttention,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    work: &mut Work,
    dropout: Option<(f64, Random)>,
) {
    let (x, masks) = attend::split(x, layer.masks);
    let (sizes, hiding) = (sizes(pass, x), Hiding::new(layer.use_causal_mask, false, masks));
    let (query, key, one) = (x[0].data(), x[x.len() - 1].data(), [T::one()]);
    let weighing = &mut work.of::<AdditiveWork<T>>().weighing;
    let shares = sizes.weigh(pass, weighing, &hiding, dropout, |scores| {
        sums(layer, weights, &one).scores(&sizes, pass, query, key, scores);
    });
    sizes.mix(pass, shares, x[1].data(), y[0].data);
    attend::hide(y[0].data, sizes.value, masks[0]);
    if let Some(y) = y.get_mut(1) {
        y.data.copy_from_slice(shares);
    }
}

/// How scores are computed; `one` stands for the scale where there is none.
fn sums<'a, T: Real>(layer: &layers::AdditiveAttention, weights: &'a Weights<T>, one: &'a [T]) -> Sums<'a, T> {
    Sums { scale: T::one(), weight: if layer.use_scale { weights.data(0) } else { one } }
}

fn sizes<T>(pass: &Pass<'_>, x: &[View<'_, T>]) -> Sizes {
    Sizes {
        steps: x[0].shape().dim(0),
        places: x[1].shape().dim(0),
        heads: 1,
        key: x[0].last(),
        value: x[1].last(),
        samples: pass.batch,
    }
}

#[cfg(test)]
super::conformance::cases!(AdditiveAttention: ([(); 4].map(|()| 1..4usize), [any::<bool>(); 4], [any::<bool>(); 2], select(vec![0.0, 0.4])) => |(dims, flags, masks, dropout)| {
    let ([steps, places, features, width], [use_scale, use_causal_mask, return_attention_scores, apart]) = (dims, flags);
    let layer = layers::AdditiveAttention {
        use_scale,
        dropout,
        use_causal_mask,
        return_attention_scores,
        masks: formwork_shape::Masks::of([masks[0], masks[1], false, false]),
    };
    attention(layer, [steps, places, features, if apart { width } else { features }], apart, layer.masks)
});

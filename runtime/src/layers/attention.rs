use formwork_shape::layers;

use super::attend::{Sizes, Weighing};
use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { Attention { scale / scale_mut: Ix0 optional } }

/// The weights of the sums, and room for a gradient.
#[derive(Default)]
struct AttentionWork<T> {
    weighing: Weighing<T>,
    d: Buffer<T>,
}

impl<T: Real> Kernel<T> for layers::Attention {
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
        let AttentionWork { weighing, d: room } = work.of::<AttentionWork<T>>();
        let sizes = sizes(self.use_causal_mask, step.x);
        let (query, key, value) = (step.x[0].data(), step.x[key_of(step.x)].data(), step.x[1].data());
        let (dy, dweights) = (step.dy[0].data(), step.dy.get(1).map(View::data));
        if let Some(target) = step.dx[1].target() {
            sizes.value_gradient(pass, weighing, self.dropout, dy, target);
        }
        let d = sizes.unweigh(pass, weighing, self.dropout, (dy, value), dweights);
        // Both without the factor, which is put in below.
        let room = room.take(query.len().max(key.len()));
        let factor = if self.use_scale { weights.data(0)[0] } else { T::one() };
        let dquery = &mut room[..query.len()];
        sizes.query_gradient(pass, d, key, (dquery, Write::Overwrite));
        if self.use_scale {
            let (dscale, write) = (step.dw.next(1), step.dw.write());
            let sum = dquery.iter().zip(query).fold(T::zero(), |sum, (d, query)| sum + *d * *query);
            each::put(write, &mut dscale[0], sum);
        }
        if let Some((dx, write)) = step.dx[0].target() {
            each::map(pass.threads, write, dx, dquery, |d| factor * d);
        }
        let place = key_of(step.x);
        if let Some((dx, write)) = step.dx[place].target() {
            let dkey = &mut room[..key.len()];
            sizes.key_gradient(pass, d, query, (dkey, Write::Overwrite));
            // The values are the keys: their gradient is there already.
            let write = if place == 1 { Write::Add } else { write };
            each::map(pass.threads, write, dx, dkey, |d| factor * d);
        }
    }
}

fn forward<T: Real>(
    layer: &layers::Attention,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    work: &mut Work,
    dropout: Option<(f64, Random)>,
) {
    let sizes = sizes(layer.use_causal_mask, x);
    let factor = if layer.use_scale { weights.data(0)[0] } else { T::one() };
    let weighing = &mut work.of::<AttentionWork<T>>().weighing;
    let shares = sizes.weigh(pass, weighing, dropout, |scores| {
        sizes.scores(pass, x[0].data(), x[key_of(x)].data(), factor, scores);
    });
    sizes.mix(pass, shares, x[1].data(), y[0].data);
    if let Some(y) = y.get_mut(1) {
        y.data.copy_from_slice(shares);
    }
}

/// Which input holds the keys.
fn key_of<T>(x: &[View<'_, T>]) -> usize {
    x.len() - 1
}

fn sizes<T>(causal: bool, x: &[View<'_, T>]) -> Sizes {
    Sizes {
        steps: x[0].shape().dim(0),
        places: x[1].shape().dim(0),
        heads: 1,
        key: x[0].last(),
        value: x[1].last(),
        causal,
    }
}

#[cfg(test)]
super::conformance::cases!(Attention: ([(); 4].map(|()| 1..4usize), [any::<bool>(); 4], select(vec![0.0, 0.4])) => |(dims, flags, dropout)| {
    let ([steps, places, features, width], [use_scale, use_causal_mask, return_attention_scores, apart]) = (dims, flags);
    let layer = layers::Attention {
        use_scale,
        dropout,
        use_causal_mask,
        return_attention_scores,
        ..layers::Attention::TEMPLATE
    };
    let shape = |rows: usize, cols: usize| formwork_shape::Shape::new(&[rows, cols]);
    let value = shape(places, if apart { width } else { features });
    Case::new(layer, [shape(steps, features), value, shape(places, features)].into_iter().take(if apart { 3 } else { 2 }))
});

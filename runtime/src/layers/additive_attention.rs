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

named_weights! { AdditiveAttention { scale / scale_mut: Ix1 optional } }

/// The weights of the sums, and room for gradients: of query, key and scale, sample after sample.
#[derive(Default)]
struct AdditiveWork<T> {
    weighing: Weighing<T>,
    d: Buffer<T>,
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
        let AdditiveWork { weighing, d: room } = work.of::<AdditiveWork<T>>();
        let sizes = sizes(self.use_causal_mask, step.x);
        let Sizes { steps, places, key: width, .. } = sizes;
        let (query, key, value) = (step.x[0].data(), step.x[key_of(step.x)].data(), step.x[1].data());
        let (dy, dweights) = (step.dy[0].data(), step.dy.get(1).map(View::data));
        if let Some(target) = step.dx[1].target() {
            sizes.value_gradient(pass, weighing, self.dropout, dy, target);
        }
        let d = sizes.unweigh(pass, weighing, self.dropout, (dy, value), dweights);
        let scale = self.use_scale.then(|| weights.data(0));
        let (keys_at, scale_at) = (steps * width, (steps + places) * width);
        let size = scale_at + width;
        let room = room.take(pass.batch * size);
        each::parts(pass.threads, room, size, |sample, room| {
            room.fill(T::zero());
            let (query, key) = (&query[sample * steps * width..], &key[sample * places * width..]);
            for pair in 0..steps * places {
                let (i, j, d) = (pair / places, pair % places, d[sample * steps * places + pair]);
                for k in 0..width {
                    let t = (query[i * width + k] + key[j * width + k]).tanh();
                    let slope = d * scale.map_or(T::one(), |scale| scale[k]) * (T::one() - t * t);
                    room[i * width + k] += slope;
                    room[keys_at + j * width + k] += slope;
                    room[scale_at + k] += d * t;
                }
            }
        });
        if self.use_scale {
            let (dscale, write) = (step.dw.next(width), step.dw.write());
            for (k, dscale) in dscale.iter_mut().enumerate() {
                let sum = room.chunks_exact(size).fold(T::zero(), |sum, room| sum + room[scale_at + k]);
                each::put(write, dscale, sum);
            }
        }
        let place = key_of(step.x);
        for (input, range) in [(0, 0..keys_at), (place, keys_at..scale_at)] {
            let Some((dx, write)) = step.dx[input].target() else { continue };
            // The values are the keys: their gradient is there already.
            let write = if input == 1 { Write::Add } else { write };
            for (dx, room) in dx.chunks_exact_mut(range.len()).zip(room.chunks_exact(size)) {
                dx.iter_mut().zip(&room[range.clone()]).for_each(|(dx, d)| each::put(write, dx, *d));
            }
        }
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
    let sizes = sizes(layer.use_causal_mask, x);
    let Sizes { steps, places, key: width, .. } = sizes;
    let scale = layer.use_scale.then(|| weights.data(0));
    let (query, key) = (x[0].data(), x[key_of(x)].data());
    let weighing = &mut work.of::<AdditiveWork<T>>().weighing;
    let shares = sizes.weigh(pass, weighing, dropout, |scores| {
        each::parts(pass.threads, scores, steps * places, |sample, scores| {
            let (query, key) = (&query[sample * steps * width..], &key[sample * places * width..]);
            for (pair, score) in scores.iter_mut().enumerate() {
                let (i, j) = (pair / places, pair % places);
                *score = (0..width).fold(T::zero(), |sum, k| {
                    let t = (query[i * width + k] + key[j * width + k]).tanh();
                    sum + t * scale.map_or(T::one(), |scale| scale[k])
                });
            }
        });
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
super::conformance::cases!(AdditiveAttention: ([(); 4].map(|()| 1..4usize), [any::<bool>(); 4], select(vec![0.0, 0.4])) => |(dims, flags, dropout)| {
    let ([steps, places, features, width], [use_scale, use_causal_mask, return_attention_scores, apart]) = (dims, flags);
    let layer = layers::AdditiveAttention {
        use_scale,
        dropout,
        use_causal_mask,
        return_attention_scores,
    };
    let shape = |rows: usize, cols: usize| formwork_shape::Shape::new(&[rows, cols]);
    let value = shape(places, if apart { width } else { features });
    Case::new(layer, [shape(steps, features), value, shape(places, features)].into_iter().take(if apart { 3 } else { 2 }))
});

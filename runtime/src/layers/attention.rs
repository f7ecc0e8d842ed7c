use formwork_shape::{ScoreMode, layers};

use super::attend::{self, Hiding, Sizes, Sums, Weighing};
use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! {
    Attention {
        scale / scale_mut: Ix0 optional,
        concat_score_weight / concat_score_weight_mut: Ix0 optional,
    }
}

/// The weights of the sums, and room for gradients.
#[derive(Default)]
struct AttentionWork<T> {
    weighing: Weighing<T>,
    d: Buffer<T>,
    dy: Buffer<T>,
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
        let AttentionWork { weighing, d: room, dy } = work.of::<AttentionWork<T>>();
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
        if self.score_mode == ScoreMode::Concat {
            let sums = sums(self, weights);
            let (room, [keys_at, weight_at, scale_at, size]) = sums.gradients(&sizes, pass, (query, key), d, room);
            let write = step.dw.write();
            if self.use_scale {
                attend::total(room, size, scale_at, (step.dw.next(1), write));
            }
            let parts = room.chunks_exact(size).map(|room| each::sum(&room[weight_at..scale_at]));
            each::put(write, &mut step.dw.next(1)[0], parts.fold(T::zero(), |sum, part| sum + part));
            return attend::put_gradients(step.dx, place, room, size, [0, keys_at, weight_at]);
        }
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
    let (x, masks) = attend::split(x, layer.masks);
    let (sizes, hiding) = (sizes(pass, x), Hiding::new(layer.use_causal_mask, false, masks));
    let (query, key) = (x[0].data(), x[x.len() - 1].data());
    let weighing = &mut work.of::<AttentionWork<T>>().weighing;
    let shares = sizes.weigh(pass, weighing, &hiding, dropout, |scores| match layer.score_mode {
        ScoreMode::Dot => {
            let factor = if layer.use_scale { weights.data(0)[0] } else { T::one() };
            sizes.scores(pass, query, key, factor, scores);
        }
        ScoreMode::Concat => sums(layer, weights).scores(&sizes, pass, query, key, scores),
    });
    sizes.mix(pass, shares, x[1].data(), y[0].data);
    attend::hide(y[0].data, sizes.value, masks[0]);
    if let Some(y) = y.get_mut(1) {
        y.data.copy_from_slice(shares);
    }
}

/// The scores of `score_mode = concat`.
fn sums<'a, T: Real>(layer: &layers::Attention, weights: &'a Weights<T>) -> Sums<'a, T> {
    match layer.use_scale {
        true => Sums { scale: weights.data(0)[0], weight: weights.data(1) },
        false => Sums { scale: T::one(), weight: weights.data(0) },
    }
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
super::conformance::cases!(Attention: ([(); 4].map(|()| 1..4usize), [any::<bool>(); 5], [any::<bool>(); 3], select(vec![0.0, 0.4])) => |(dims, flags, masks, dropout)| {
    let ([steps, places, features, width], [use_scale, use_causal_mask, return_attention_scores, apart, concat]) = (dims, flags);
    let layer = layers::Attention {
        use_scale,
        dropout,
        use_causal_mask,
        return_attention_scores,
        score_mode: if concat { ScoreMode::Concat } else { ScoreMode::Dot },
        masks: formwork_shape::Masks::of([masks[0], masks[1], false, false]),
    };
    attention(layer, [steps, places, features, if apart { width } else { features }], apart, layer.masks)
});

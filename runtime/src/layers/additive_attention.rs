use formwork_shape::layers;

use super::attend::{self, Of, Single, Sums, Unweighed};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { AdditiveAttention { scale / scale_mut: Ix1 optional } }

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
        let random = work.random(pass, self.seed);
        forward(self, pass, weights, x, y, work, Some(random));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let unweighed = single(self, pass).backward(pass, &mut step, work, Of::Scores);
        let Unweighed { sizes, key_place, query, key, d: [d, _], room } = unweighed;
        let one = [T::one()];
        let sums = sums(self, weights, &one);
        let (room, [keys_at, weight_at, _, size]) = sums.gradients(&sizes, pass, (query, key), d, room);
        if self.use_scale {
            let write = step.dw.write();
            attend::total(room, size, weight_at, (step.dw.next(sizes.key), write));
        }
        attend::put_gradients(step.dx, key_place, room, size, [0, keys_at, weight_at]);
    }
}

fn single(layer: &layers::AdditiveAttention, pass: &Pass<'_>) -> Single {
    Single { causal: layer.use_causal_mask, dropout: pass.randomly(layer.dropout), masks: layer.masks }
}

fn forward<T: Real>(
    layer: &layers::AdditiveAttention,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    work: &mut Work,
    random: Option<Random>,
) {
    let one = [T::one()];
    let level = pass.threads.level();
    single(layer, pass).forward(pass, x, y, work, random, T::one(), |sizes, at, inputs, scores| {
        sums(layer, weights, &one).scores(sizes, level, at, inputs, scores);
    });
}

/// How scores are computed; `one` stands for the scale where there is none.
fn sums<'a, T: Real>(layer: &layers::AdditiveAttention, weights: &'a Weights<T>, one: &'a [T]) -> Sums<'a, T> {
    Sums { scale: T::one(), weight: if layer.use_scale { weights.data(0) } else { one } }
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
        seed: None,
    };
    attention(layer, [steps, places, features, if apart { width } else { features }], apart, layer.masks)
});

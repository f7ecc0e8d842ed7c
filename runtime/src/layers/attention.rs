use formwork_shape::{ScoreMode, layers};

use super::attend::{self, Of, Single, Sums, Unweighed};
use super::each;
use crate::Real;
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
        let random = work.random(pass, self.seed);
        forward(self, pass, weights, x, y, work, Some(random));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let of = if self.score_mode == ScoreMode::Concat { Of::Scores } else { Of::Factors };
        let unweighed = single(self, pass).backward(pass, &mut step, work, of);
        let Unweighed { sizes, key_place, query, key, d: [first, second], room } = unweighed;
        if of == Of::Scores {
            let sums = sums(self, weights);
            let (room, [keys_at, weight_at, scale_at, size]) = sums.gradients(&sizes, pass, (query, key), first, room);
            let write = step.dw.write();
            if self.use_scale {
                attend::total(room, size, scale_at, (step.dw.next(1), write));
            }
            let parts = room.chunks_exact(size).map(|room| each::sum(&room[weight_at..scale_at]));
            each::put(write, &mut step.dw.next(1)[0], parts.fold(T::zero(), |sum, part| sum + part));
            return attend::put_gradients(step.dx, key_place, room, size, [0, keys_at, weight_at]);
        }
        // Both without the factor, which is put in here.
        let factor = if self.use_scale { weights.data(0)[0] } else { T::one() };
        if self.use_scale {
            let (dscale, write) = (step.dw.next(1), step.dw.write());
            let sum = first.iter().zip(query).fold(T::zero(), |sum, (d, query)| sum + *d * *query);
            each::put(write, &mut dscale[0], sum);
        }
        if let Some((dx, write)) = step.dx[0].target() {
            each::map(pass.threads, write, dx, first, |d| factor * d);
        }
        if let Some((dx, write)) = step.dx[key_place].target() {
            // The values are the keys: their gradient is there already.
            let write = if key_place == 1 { Write::Add } else { write };
            each::map(pass.threads, write, dx, second, |d| factor * d);
        }
    }
}

fn single(layer: &layers::Attention, pass: &Pass<'_>) -> Single {
    Single { causal: layer.use_causal_mask, dropout: pass.randomly(layer.dropout), masks: layer.masks }
}

fn forward<T: Real>(
    layer: &layers::Attention,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    work: &mut Work,
    random: Option<Random>,
) {
    let (dot, level) = (layer.score_mode == ScoreMode::Dot, pass.threads.level());
    let factor = if dot && layer.use_scale { weights.data(0)[0] } else { T::one() };
    single(layer, pass).forward(pass, x, y, work, random, factor, |sizes, at, (query, key), scores| match dot {
        true => sizes.scores(pass.threads, at, query, key, scores),
        false => sums(layer, weights).scores(sizes, level, at, (query, key), scores),
    });
}

/// The scores of `score_mode = concat`.
fn sums<'a, T: Real>(layer: &layers::Attention, weights: &'a Weights<T>) -> Sums<'a, T> {
    match layer.use_scale {
        true => Sums { scale: weights.data(0)[0], weight: weights.data(1) },
        false => Sums { scale: T::one(), weight: weights.data(0) },
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
        seed: None,
    };
    attention(layer, [steps, places, features, if apart { width } else { features }], apart, layer.masks)
});

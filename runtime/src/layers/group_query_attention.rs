use formwork_shape::layers;

use super::attend::Heads;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! {
    GroupQueryAttention {
        query_kernel / query_kernel_mut: Ix3,
        query_bias / query_bias_mut: Ix2 optional,
        key_kernel / key_kernel_mut: Ix3,
        key_bias / key_bias_mut: Ix2 optional,
        gate_kernel / gate_kernel_mut: Ix3 optional,
        gate_bias / gate_bias_mut: Ix2 optional,
        value_kernel / value_kernel_mut: Ix3,
        value_bias / value_bias_mut: Ix2 optional,
        output_kernel / output_kernel_mut: Ix3,
        output_bias / output_bias_mut: Ix1 optional,
    }
}

fn heads(layer: &layers::GroupQueryAttention) -> Heads {
    Heads {
        heads: layer.num_query_heads,
        shared: layer.num_key_value_heads,
        key: layer.head_dim,
        value: layer.head_dim,
        leading: 0,
        biased: layer.use_bias,
        gated: layer.use_gate,
        causal: layer.use_causal_mask,
        near: layer.sliding_window,
        dropout: layer.dropout,
        masks: layer.masks,
    }
}

impl<T: Real> Kernel<T> for layers::GroupQueryAttention {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        heads(self).forward(pass, weights, x, y, work, None);
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
        heads(self).forward(pass, weights, x, y, work, Some(random));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        heads(self).backward(pass, weights, step, work);
    }
}

#[cfg(test)]
super::conformance::cases!(GroupQueryAttention: ([(); 6].map(|()| 1..4usize), [any::<bool>(); 5], [any::<bool>(); 4], 1..4usize, (option::weighted(0.3, 1..4usize), select(vec![0.0, 0.4]))) => |(dims, flags, masks, num_key_value_heads, (sliding_window, dropout))| {
    let [steps, places, features, width, group, head_dim] = dims;
    let [use_bias, use_causal_mask, return_attention_scores, apart, use_gate] = flags;
    let layer = layers::GroupQueryAttention {
        head_dim,
        num_query_heads: group * num_key_value_heads,
        num_key_value_heads,
        dropout,
        use_bias,
        use_gate,
        use_causal_mask,
        sliding_window,
        return_attention_scores,
        masks: formwork_shape::Masks::of(masks),
        ..layers::GroupQueryAttention::TEMPLATE
    };
    attention(layer, [steps, places, features, width], apart, layer.masks)
});

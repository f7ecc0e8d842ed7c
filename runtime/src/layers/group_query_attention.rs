use formwork_shape::layers;

use super::attend::{Heads, side_by_side};
use crate::view::View;

side_by_side! { GroupQueryAttention, heads }

fn heads<T>(layer: &layers::GroupQueryAttention, _: &[View<'_, T>]) -> Heads {
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

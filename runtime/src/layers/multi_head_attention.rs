use formwork_shape::layers;

use super::attend::{Heads, side_by_side};
use crate::view::View;

side_by_side! { MultiHeadAttention, heads }

fn heads<T>(layer: &layers::MultiHeadAttention, x: &[View<'_, T>]) -> Heads {
    Heads {
        heads: layer.num_heads,
        shared: layer.num_heads,
        key: layer.key_dim,
        value: layer.value_width(),
        leading: layer.leading(x[0].shape().rank()),
        biased: layer.use_bias,
        gated: layer.use_gate,
        causal: layer.use_causal_mask,
        near: layer.sliding_window,
        dropout: layer.dropout,
        masks: layer.masks,
    }
}

#[cfg(test)]
super::conformance::cases!(MultiHeadAttention: ([(); 6].map(|()| 1..4usize), [any::<bool>(); 7], [any::<bool>(); 4], option::of(1..4usize), (option::weighted(0.3, 1..4usize), select(vec![0.0, 0.4]))) => |(dims, flags, masks, value_dim, (sliding_window, dropout))| {
    let [steps, places, features, width, num_heads, key_dim] = dims;
    let [use_bias, use_causal_mask, return_attention_scores, apart, wide, deep, use_gate] = flags;
    let layer = layers::MultiHeadAttention {
        num_heads,
        key_dim,
        value_dim,
        dropout,
        use_bias,
        use_gate,
        output_shape: wide.then_some([5]),
        use_causal_mask,
        sliding_window: sliding_window.filter(|_| !deep),
        return_attention_scores,
        masks: formwork_shape::Masks::of(if deep { [false; 4] } else { masks }),
        ..layers::MultiHeadAttention::TEMPLATE
    };
    if !deep {
        return attention(layer, [steps, places, features, width], apart, layer.masks);
    }
    // Axes before those that are attended over, and several of those.
    let over = masks[0].then(|| formwork_shape::Dims::of(if masks[1] { &[2] } else { &[2, 3] }));
    let lead = 2;
    let shape = |places: usize, features: usize| match masks[1] {
        true => formwork_shape::Shape::new(&[lead, places, features]),
        false => formwork_shape::Shape::new(&[lead, places, 2, features]),
    };
    let layer = layers::MultiHeadAttention { attention_axes: over, return_attention_scores: masks[1], ..layer };
    let inputs = [shape(steps, features), shape(places, width), shape(places, 2)];
    Case::new(layer, inputs.into_iter().take(if apart { 3 } else { 2 }))
});

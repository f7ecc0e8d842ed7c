use formwork_shape::layers;

use super::attend::Heads;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! {
    MultiHeadAttention {
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

impl<T: Real> Kernel<T> for layers::MultiHeadAttention {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        heads(self, x).forward(pass, weights, x, y, work, None);
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
        heads(self, x).forward(pass, weights, x, y, work, Some(random));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        heads(self, step.x).backward(pass, weights, step, work);
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

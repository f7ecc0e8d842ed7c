use super::{attend, check};
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Masking, Masks, Outs, Rule, Shape, Weights};

layer! {
    /// Sums of values, weighted by how well their keys match the query:
    /// `y = softmax(Σ scale tanh(query + key)) · value`.
    ///
    /// Input: query `[steps, features]`, value `[places, width]`, and a key `[places, features]` where it is not the value;
    /// steps and places may be dynamic. Output: `[steps, width]`, and the weights `[steps, places]` with
    /// `return_attention_scores = true`. Weights: scale `[features]` (Glorot uniform) with `use_scale`; without it the
    /// scale is 1. As in Keras the scores have no bias, which would not change their softmax: attention that is written out
    /// with Dense(1) for the scale has one parameter more. Masked places get no weight, and the output of a masked step of the query is 0; masks come with the
    /// inputs or as `mask = [query_mask, value_mask]` at the call. `use_causal_mask` and `return_attention_scores` may be
    /// given at the call too. Training drops a share of the weights. Errors: inputs that are no sequences, query and key of different
    /// widths. From: Bahdanau, Cho, Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate", 2014.
    AdditiveAttention {
        /// Whether scores are scaled by a weight.
        use_scale: bool = true,
        /// The share of the weights that is dropped in training.
        dropout: f64 = 0.0,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
        /// Whether a step sees only places up to its own.
        use_causal_mask: bool = false,
        /// Whether the weights are an output too.
        return_attention_scores: bool = false,
        /// The masks that follow the tensors.
        masks: Masks = Masks::NONE,
    }
}

impl AdditiveAttention {
    /// `[steps, features]` and `[places, width]` to `[steps, width]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let inputs = ok!(attend::inputs("AdditiveAttention", x, self.masks));
        ok!(attend::same_width("AdditiveAttention", &inputs));
        ok!(check::share("AdditiveAttention", "dropout", self.dropout));
        let (steps, value) = (inputs.query.shape.dim(0), &inputs.value.shape);
        let outs = Outs::one(Shape::new(&[steps, value.last()]));
        Ok(if self.return_attention_scores { outs.and(Shape::new(&[steps, value.dim(0)])) } else { outs })
    }

    /// scale `[features]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        Weights::NONE.with_if(self.use_scale, "scale", &[x[0].shape.last()], Initializer::GlorotUniform)
    }

    /// A multiplication and an addition for each feature of each pair of step and place.
    pub const fn flops(&self, x: &[In]) -> usize {
        attend::flops(x)
    }

    /// Reads its inputs, and keeps the weights of the sums by itself.
    pub const fn facts(&self) -> Facts {
        let facts = Facts { weighted: self.use_scale, call: attend::CALL, ..Facts::PLAIN.masking(Masking::Attends) };
        if self.dropout > 0.0 { facts.randomized() } else { facts }
    }
}

use super::{attend, check};
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Masking, Masks, Msg, Outs, Rule, Shape, Weights};

layer! {
    /// A [`MultiHeadAttention`](super::MultiHeadAttention) whose heads share keys and values in groups: with the query `q` of
    /// each head, and the key `k` and value `v` of its group, linear in query, key and value,
    /// `y = concat(softmax(q · kᵀ / √head_dim) · v) · output`.
    ///
    /// Input: query `[steps, features]`, value `[places, ..]`, and a key `[places, ..]` where it is not the value; steps and
    /// places may be dynamic. Output: `[steps, features]`; and the weights `[heads, steps, places]` with
    /// `return_attention_scores = true`. Masks and the settings of a call are those of `MultiHeadAttention`, and so is
    /// `use_gate`. Weights: for query, key, gate (with `use_gate`) and value a kernel `[features, heads, head_dim]` (Glorot
    /// uniform) and a bias `[heads, head_dim]` (zeros), query and gate with `num_query_heads`, key and value with
    /// `num_key_value_heads`; then an output kernel `[heads, head_dim, features]` and bias `[features]`. Training drops a
    /// share of the weights. Errors: inputs that are no sequences, a setting of 0, heads that do not divide into groups.
    /// From: Ainslie et al., "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints", 2023.
    GroupQueryAttention {
        /// The width of query, key and value in each head.
        head_dim: usize,
        /// The number of heads.
        num_query_heads: usize,
        /// The number of keys and values that they share, a divisor of the number of heads.
        num_key_value_heads: usize,
        /// The share of the weights that is dropped in training.
        dropout: f64 = 0.0,
        /// Whether the projections have a bias.
        use_bias: bool = true,
        /// From how far a step sees places: those less than so many from its own, on both sides; without it all of them.
        sliding_window: Option<usize> = None,
        /// How the kernels start.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the biases start.
        bias_initializer: Initializer = Initializer::Zeros,
        /// Whether the sums are multiplied by a gate, which the query opens.
        use_gate: bool = false,
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

impl GroupQueryAttention {
    /// `[steps, features]` and `[places, ..]` to `[steps, features]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let inputs = ok!(attend::inputs("GroupQueryAttention", x, self.masks));
        ok!(check::positive("GroupQueryAttention", "head_dim", self.head_dim));
        ok!(check::positive("GroupQueryAttention", "num_query_heads", self.num_query_heads));
        ok!(check::positive("GroupQueryAttention", "num_key_value_heads", self.num_key_value_heads));
        ok!(check::share("GroupQueryAttention", "dropout", self.dropout));
        if let Some(near) = self.sliding_window {
            ok!(check::positive("GroupQueryAttention", "sliding_window", near));
        }
        if !self.num_query_heads.is_multiple_of(self.num_key_value_heads) {
            return Err(Msg::new("GroupQueryAttention shares each key and value among equally many heads, but ")
                .number(self.num_query_heads)
                .text(" heads are no multiple of ")
                .number(self.num_key_value_heads)
                .hint("give num_query_heads a multiple of num_key_value_heads"));
        }
        let query = &inputs.query.shape;
        let outs = Outs::one(*query);
        if !self.return_attention_scores {
            return Ok(outs);
        }
        Ok(outs.and(Shape::new(&[self.num_query_heads, query.dim(0), inputs.value.shape.dim(0)])))
    }

    const fn projections(&self, x: &[In]) -> attend::Projections {
        attend::Projections {
            heads: self.num_query_heads,
            shared: self.num_key_value_heads,
            key: self.head_dim,
            value: self.head_dim,
            width: x[0].shape.last(),
            leading: 0,
            gated: self.use_gate,
        }
    }

    /// Kernel and bias for query, key, gate, value and output.
    pub const fn weights(&self, x: &[In]) -> Weights {
        self.projections(x).weights(x, self.use_bias, self.kernel_initializer, self.bias_initializer)
    }

    /// A multiplication and an addition for each product of the projections, the scores and the weighted sums.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.projections(x).flops(x)
    }

    /// Reads its inputs, and keeps projections and the weights of the sums by itself.
    pub const fn facts(&self) -> Facts {
        let facts = Facts { call: attend::CALL, ..Facts::PLAIN.weighted().masking(Masking::Attends) };
        if self.dropout > 0.0 { facts.randomized() } else { facts }
    }
}

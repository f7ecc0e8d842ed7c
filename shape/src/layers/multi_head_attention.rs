use super::{attend, check};
use crate::layer::{layer, ok};
use crate::{Dims, Facts, In, Initializer, Masking, Masks, Msg, Outs, Rule, Shape, Weights};

layer! {
    /// Several attentions side by side, each on projections of its own: with `q`, `k` and `v` of each head linear in query,
    /// key and value, `y = concat(softmax(q · kᵀ / √key_dim) · v) · output`.
    ///
    /// Input: query `[steps, features]`, value `[places, ..]`, and a key `[places, ..]` where it is not the value; steps and
    /// places may be dynamic. More axes before the features are attended over together, or only those of
    /// `attention_axes`, within each place of the others. Output: `[steps, features]`, or `[steps, output_shape]`; and the
    /// weights `[heads, steps, places]` with `return_attention_scores = true`. A pair of step and place counts where none
    /// of the masks hides it: those of query, value and key, which come with the inputs or as `query_mask`, `value_mask`,
    /// `key_mask` at the call, and an `attention_mask` of `[steps, places]` or `[heads, steps, places]`.
    /// `use_causal_mask` and `return_attention_scores` may be given at the call too. With `use_gate`, the sums of each head are
    /// multiplied by `sigmoid(query · gate)` before they are joined. Weights: for query, key, gate (with `use_gate`) and value
    /// a kernel `[features, heads, dim]` (Glorot uniform) and a bias `[heads, dim]` (zeros), then an output kernel
    /// `[heads, value_dim, width]` and bias `[width]`. Training drops a share of the weights. Errors: inputs that are no
    /// sequences, a setting of 0. From: Vaswani et al., "Attention Is All You Need", 2017.
    MultiHeadAttention {
        /// The number of heads.
        num_heads: usize,
        /// The width of query and key in each head.
        key_dim: usize,
        /// The width of the value in each head; without it `key_dim`.
        value_dim: Option<usize> = None,
        /// The share of the weights that is dropped in training.
        dropout: f64 = 0.0,
        /// Whether the projections have a bias.
        use_bias: bool = true,
        /// The width of the output; without it that of the query.
        output_shape: Option<[usize; 1]> = None,
        /// The axes that are attended over, counted as in Keras; without it all but the features.
        attention_axes: Option<Dims> = None,
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

impl MultiHeadAttention {
    /// The width of the value in each head.
    pub const fn value_width(&self) -> usize {
        match self.value_dim {
            Some(width) => width,
            None => self.key_dim,
        }
    }

    const fn width(&self, query: &Shape) -> usize {
        match self.output_shape {
            Some([width]) => width,
            None => query.last(),
        }
    }

    /// The number of axes before those that are attended over, for inputs that the rule accepts.
    pub const fn leading(&self, rank: usize) -> usize {
        match &self.attention_axes {
            Some(axes) => rank - 1 - axes.as_slice().len(),
            None => 0,
        }
    }

    /// `[steps, features]` and `[places, ..]` to `[steps, width]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let (inputs, lead) =
            ok!(attend::over_axes("MultiHeadAttention", x, self.masks, self.attention_axes.as_ref()));
        ok!(check::positive("MultiHeadAttention", "num_heads", self.num_heads));
        ok!(check::positive("MultiHeadAttention", "key_dim", self.key_dim));
        ok!(check::positive("MultiHeadAttention", "value_dim", self.value_width()));
        ok!(check::positive("MultiHeadAttention", "output_shape", self.width(&inputs.query.shape)));
        ok!(check::share("MultiHeadAttention", "dropout", self.dropout));
        let query = &inputs.query.shape;
        if let Some(near) = self.sliding_window {
            ok!(check::positive("MultiHeadAttention", "sliding_window", near));
            if query.rank() != 2 {
                return Err(Msg::new("MultiHeadAttention has a sliding_window over one axis of steps, but ")
                    .input(&x[0])
                    .hint("leave sliding_window out, or fold the axes first with Reshape(..)"));
            }
        }
        let outs = Outs::one(query.with(query.rank() - 1, self.width(query)));
        if !self.return_attention_scores {
            return Ok(outs);
        }
        // [shared axes.., heads, axes of the query.., axes of the value..]
        let mut scores = Shape::new(query.dims().split_at(lead).0).push(self.num_heads);
        let mut side = 0;
        while side < 2 {
            let shape = if side == 0 { query } else { &inputs.value.shape };
            scores = match attend::and_axes(scores, shape, lead) {
                Some(scores) => scores,
                None => {
                    return Err(Msg::new("the weights of this MultiHeadAttention have more than 6 axes, the most there can be")
                        .hint("leave return_attention_scores out, or fold axes first with Reshape(..)"));
                }
            };
            side += 1;
        }
        Ok(outs.and(scores))
    }

    const fn projections(&self, x: &[In]) -> attend::Projections {
        attend::Projections {
            heads: self.num_heads,
            shared: self.num_heads,
            key: self.key_dim,
            value: self.value_width(),
            width: self.width(&x[0].shape),
            leading: self.leading(x[0].shape.rank()),
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

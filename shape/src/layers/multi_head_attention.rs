use super::{attend, check};
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Outs, Rule, Shape, Weights};

layer! {
    /// Several attentions side by side, each on projections of its own: with `q`, `k` and `v` of each head linear in query,
    /// key and value, `y = concat(softmax(q · kᵀ / √key_dim) · v) · output`.
    ///
    /// Input: query `[steps, features]`, value `[places, ..]`, and a key `[places, ..]` where it is not the value; steps and
    /// places may be dynamic. Output: `[steps, features]`, or `[steps, output_shape]`; and the weights
    /// `[heads, steps, places]` with `return_attention_scores = true`. Weights: for query, key and value a kernel
    /// `[features, heads, dim]` (Glorot uniform) and a bias `[heads, dim]` (zeros), then an output kernel
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
        output_shape: Option<usize> = None,
        /// How the kernels start.
        kernel_initializer: Initializer = Initializer::GlorotUniform,
        /// How the biases start.
        bias_initializer: Initializer = Initializer::Zeros,
        /// Whether a step sees only places up to its own.
        use_causal_mask: bool = false,
        /// Whether the weights are an output too.
        return_attention_scores: bool = false,
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
            Some(width) => width,
            None => query.last(),
        }
    }

    /// `[steps, features]` and `[places, ..]` to `[steps, width]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let inputs = ok!(attend::inputs("MultiHeadAttention", x));
        ok!(check::positive("MultiHeadAttention", "num_heads", self.num_heads));
        ok!(check::positive("MultiHeadAttention", "key_dim", self.key_dim));
        ok!(check::positive("MultiHeadAttention", "value_dim", self.value_width()));
        ok!(check::positive("MultiHeadAttention", "output_shape", self.width(&inputs.query.shape)));
        ok!(check::share("MultiHeadAttention", "dropout", self.dropout));
        let steps = inputs.query.shape.dim(0);
        let outs = Outs::one(Shape::new(&[steps, self.width(&inputs.query.shape)]));
        if !self.return_attention_scores {
            return Ok(outs);
        }
        Ok(outs.and(Shape::new(&[self.num_heads, steps, inputs.value.shape.dim(0)])))
    }

    /// Kernel and bias for query, key, value and output.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let (heads, key, value) = (self.num_heads, self.key_dim, self.value_width());
        let key_input = x[if x.len() == 3 { 2 } else { 1 }].shape.last();
        let width = self.width(&x[0].shape);
        let (kernel, bias, biased) = (self.kernel_initializer, self.bias_initializer, self.use_bias);
        Weights::NONE
            .with("query_kernel", &[x[0].shape.last(), heads, key], kernel)
            .with_if(biased, "query_bias", &[heads, key], bias)
            .with("key_kernel", &[key_input, heads, key], kernel)
            .with_if(biased, "key_bias", &[heads, key], bias)
            .with("value_kernel", &[x[1].shape.last(), heads, value], kernel)
            .with_if(biased, "value_bias", &[heads, value], bias)
            .with("output_kernel", &[heads, value, width], kernel)
            .with_if(biased, "output_bias", &[width], bias)
    }

    /// A multiplication and an addition for each product of the projections, the scores and the weighted sums.
    pub const fn flops(&self, x: &[In]) -> usize {
        let steps = Shape::new(&[x[0].shape.dim(0)]).size();
        let places = Shape::new(&[x[1].shape.dim(0)]).size();
        let (key, value) = (self.num_heads * self.key_dim, self.num_heads * self.value_width());
        let key_input = x[if x.len() == 3 { 2 } else { 1 }].shape.last();
        let projections = steps * x[0].shape.last() * key
            + places * (key_input * key + x[1].shape.last() * value)
            + steps * value * self.width(&x[0].shape);
        2 * (projections + steps * places * (key + value))
    }

    /// Reads its inputs, and keeps projections and the weights of the sums by itself.
    pub const fn facts(&self) -> Facts {
        let facts = Facts::PLAIN.weighted();
        if self.dropout > 0.0 { facts.randomized() } else { facts }
    }
}

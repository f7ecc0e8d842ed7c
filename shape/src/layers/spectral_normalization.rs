use super::check;
use crate::layer::{layer, ok};
use crate::{Facts, In, Initializer, Inner, Layer, Masking, Msg, Rule, Storage, Weights};

layer! {
    /// A layer whose kernel W is divided, at each training step, by its largest singular value σ, so that the layer stretches
    /// nothing: `y = layer(x)` with `W ← W / σ`.
    ///
    /// Input: that of the layer. Output: that of the layer. σ is found by power iteration, from where the last step ended: `v = u Wᵀ / |u Wᵀ|`,
    /// `u = v W / |v W|`, `σ = v W uᵀ`, with W as the matrix of its last axis and all others. Weights: those of the layer, whose kernel
    /// (or embeddings) is W, and vector_u `[1, last axis]` (truncated normal of 0.02), which no gradient changes. Training and
    /// inference differ: training divides and steps u, even while the layer is frozen; inference takes W as training left it. A W of zeros stays. Errors: those of the layer, a
    /// layer without a kernel, no iterations.
    /// From: Miyato, Kataoka, Koyama, Yoshida, "Spectral Normalization for Generative Adversarial Networks", 2018.
    SpectralNormalization {
        /// The layer: a Dense, EinsumDense, Embedding or convolution.
        layer: Inner,
        /// How often u is brought nearer at each step.
        power_iterations: usize = 1,
    }
}

impl SpectralNormalization {
    /// Those of the layer.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let layer = self.layer.0;
        if !has_kernel(layer) {
            return Err(Msg::new("SpectralNormalization divides the kernel of a layer, but ")
                .text(layer.name())
                .text(" has no kernel of its own")
                .hint("write it around a Dense, an Embedding or a convolution: SpectralNormalization(Dense(64))(x)"));
        }
        ok!(check::positive("SpectralNormalization", "power_iterations", self.power_iterations));
        layer.outputs(x)
    }

    /// Those of the layer, the kernel first, and vector_u `[1, last axis of the kernel]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let weights = self.layer.0.weights(x);
        let columns = match weights.as_slice() {
            [kernel, ..] => kernel.shape.last(),
            [] => return weights,
        };
        weights.with_state("vector_u", &[1, columns], Initializer::TruncatedNormal(0.0, 0.02))
    }

    /// Those of the layer.
    pub const fn flops(&self, x: &[In]) -> usize {
        self.layer.0.flops(x)
    }

    /// As the layer; a mask ends here.
    pub const fn facts(&self) -> Facts {
        Facts { masking: Masking::Ends, call: &[], storage: Storage::Own, unmasked: false, ..self.layer.0.facts() }
    }
}

/// Has the layer one kernel, its first weight?
const fn has_kernel(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Dense(_)
            | Layer::EinsumDense(_)
            | Layer::Embedding(_)
            | Layer::Conv1D(_)
            | Layer::Conv2D(_)
            | Layer::Conv3D(_)
            | Layer::Conv1DTranspose(_)
            | Layer::Conv2DTranspose(_)
            | Layer::Conv3DTranspose(_)
            | Layer::DepthwiseConv1D(_)
            | Layer::DepthwiseConv2D(_)
    )
}

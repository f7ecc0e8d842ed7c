//! Activations.

words! {
    /// A function applied to every element, or along the last axis (softmax, log_softmax, sparsemax).
    Activation = "an activation" {
        /// x
        Linear = linear,
        /// max(x, 0)
        Relu = relu,
        /// min(max(x, 0), 6)
        Relu6 = relu6,
        /// x where x > 0, else 0.2 x
        LeakyRelu = leaky_relu,
        /// x where x > 0, else eˣ - 1
        Elu = elu,
        /// 1.0507 (x where x > 0, else 1.67326 (eˣ - 1))
        Selu = selu,
        /// x Φ(x), Φ the distribution function of the standard normal
        Gelu = gelu,
        /// ln(1 + eˣ)
        Softplus = softplus,
        /// x / (1 + |x|)
        Softsign = softsign,
        /// x sigmoid(x)
        Silu = silu | swish,
        /// 1 / (1 + e⁻ˣ)
        Sigmoid = sigmoid,
        /// (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)
        Tanh = tanh,
        /// eˣ
        Exponential = exponential,
        /// min(max(x / 6 + 1/2, 0), 1)
        HardSigmoid = hard_sigmoid,
        /// x hard_sigmoid(x)
        HardSilu = hard_silu | hard_swish,
        /// x tanh(softplus(x))
        Mish = mish,
        /// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
        GeluTanh = gelu_tanh,
        /// x where x > 0, else eˣ - 1, as elu
        Celu = celu,
        /// min(max(x, -1), 1)
        HardTanh = hard_tanh,
        /// x where |x| > 1/2, else 0
        HardShrink = hard_shrink,
        /// x - 1/2 where x > 1/2, x + 1/2 where x < -1/2, else 0
        SoftShrink = soft_shrink,
        /// x - tanh(x)
        TanhShrink = tanh_shrink,
        /// -ln(1 + e⁻ˣ)
        LogSigmoid = log_sigmoid,
        /// (x + √(x² + 4)) / 2
        Squareplus = squareplus,
        /// 0 where x < -1, x where x > 1, else (x + 1)² / 4
        SparsePlus = sparse_plus,
        /// min(max((x + 1) / 2, 0), 1)
        SparseSigmoid = sparse_sigmoid,
        /// eˣ / Σ eˣ along the last axis
        Softmax = softmax,
        /// ln softmax(x) along the last axis
        LogSoftmax = log_softmax,
        /// max(x - τ, 0), with the τ for which the values along the last axis sum to 1. (Keras 3.15 documents the same, but
        /// computes a larger τ, with which they sum to less.)
        Sparsemax = sparsemax,
    }
}

impl Activation {
    /// Does the output leave the slope open, so that going back takes the input?
    pub const fn reads_input(self) -> bool {
        matches!(
            self,
            Activation::Gelu
                | Activation::Silu
                | Activation::HardSilu
                | Activation::Mish
                | Activation::GeluTanh
                | Activation::HardTanh
                | Activation::HardShrink
                | Activation::SoftShrink
                | Activation::TanhShrink
                | Activation::SparsePlus
                | Activation::SparseSigmoid
        )
    }

    /// Does a value depend on the others of its row, along the last axis?
    pub const fn of_rows(self) -> bool {
        matches!(self, Activation::Softmax | Activation::LogSoftmax | Activation::Sparsemax)
    }
}

//! The models that are measured. The first seven are those of published comparisons; the others have the same kinds of
//! layers in other combinations.

use formwork::ndarray::{Array2, Array3, Array4};
use formwork::prelude::*;

use crate::workload::{Workload, workload};

model!(
    pub fn Mlp(x: Input<784>) -> Output<10> {
        Sequential([Dense(128, activation = relu), Dense(10, activation = softmax)])(x)
    }
);

model!(
    pub fn Cnn28(x: Input<28, 28, 1>) -> Output<10> {
        Sequential([
            Conv2D(32, 3, activation = relu),
            MaxPooling2D(2),
            Conv2D(64, 3, activation = relu),
            MaxPooling2D(2),
            Flatten(),
            Dense(10, activation = softmax),
        ])(x)
    }
);

model!(
    pub fn Cnn64(x: Input<64, 64, 3>) -> Output<10> {
        Sequential([
            Conv2D(32, 3, activation = relu),
            MaxPooling2D(2),
            Conv2D(64, 3, activation = relu),
            MaxPooling2D(2),
            Flatten(),
            Dense(10, activation = softmax),
        ])(x)
    }
);

model!(
    pub fn ImageAux(image: Input<64, 64, 3>, aux: Input<10>) -> Output<10> {
        let photo = Flatten()(Conv2D(32, 3, activation = relu)(image));
        let facts = Dense(16, activation = relu)(aux);
        Dense(10, activation = softmax)(Concatenate()(photo, facts))
    }
);

model!(
    pub fn ImageText(image: Input<64, 64, 3>, text: Input<100>) -> Output<10> {
        let photo = Dense(128, activation = relu)(Flatten()(Conv2D(32, 3, activation = relu)(image)));
        let words = Dense(128, activation = relu)(LSTM(64)(Embedding(1000, 64)(text)));
        Dense(10, activation = softmax)(Concatenate()(photo, words))
    }
);

model!(
    pub fn LstmSeq(x: Input<10, 20>) -> Output<10> {
        Sequential([LSTM(32, return_sequences = true), Flatten(), Dense(10, activation = softmax)])(x)
    }
);

model!(
    pub fn Lstm100(x: Input<100, 64>) -> Output<10> {
        Sequential([LSTM(128), Dense(10, activation = softmax)])(x)
    }
);

model!(
    pub fn Gru100(x: Input<100, 64>) -> Output<10> {
        Sequential([GRU(128), Dense(10, activation = softmax)])(x)
    }
);

model!(
    pub fn Residual(x: Input<32, 32, 3>) -> Output<10> {
        fn block(x: Tensor, filters: usize) -> Tensor {
            let h = Conv2D(filters, 3, padding = same, use_bias = false)(x);
            let h = relu(BatchNormalization()(h));
            let h = Conv2D(filters, 3, padding = same, use_bias = false)(h);
            relu(BatchNormalization()(h) + x)
        }
        let h = relu(BatchNormalization()(Conv2D(32, 3, padding = same, use_bias = false)(x)));
        let h = block(block(h, 32), 32);
        Dense(10, activation = softmax)(GlobalAveragePooling2D()(h))
    }
);

model!(
    pub fn Depthwise(x: Input<32, 32, 3>) -> Output<10> {
        fn block(x: Tensor, filters: usize, strides: usize) -> Tensor {
            let h = DepthwiseConv2D(3, strides = strides, padding = same, use_bias = false)(x);
            let h = relu(BatchNormalization()(h));
            let h = Conv2D(filters, 1, use_bias = false)(h);
            relu(BatchNormalization()(h))
        }
        let h = relu(BatchNormalization()(Conv2D(32, 3, padding = same, use_bias = false)(x)));
        let h = block(block(h, 64, 1), 128, 2);
        Dense(10, activation = softmax)(GlobalAveragePooling2D()(h))
    }
);

model!(
    pub fn Attention(x: Input<64, 128>) -> Output<10> {
        let h = LayerNormalization()(x + MultiHeadAttention(4, 32)(x, x));
        let wide = TimeDistributed(Dense(256, activation = relu))(h);
        let h = LayerNormalization()(h + TimeDistributed(Dense(128))(wide));
        Dense(10, activation = softmax)(GlobalAveragePooling1D()(h))
    }
);

model!(
    pub fn Convolution1D(x: Input<128, 16>) -> Output<10> {
        Sequential([
            Conv1D(64, 5, activation = relu),
            MaxPooling1D(2),
            Conv1D(128, 3, activation = relu),
            GlobalAveragePooling1D(),
            Dense(10, activation = softmax),
        ])(x)
    }
);

model!(
    pub fn AnyLength(x: Input<_, 64>) -> Output<10> {
        Sequential([LSTM(128), Dense(10, activation = softmax)])(x)
    }
);

/// Numbers from 0 to 1 without a pattern that a model could profit from.
fn number(index: usize) -> f32 {
    (index.wrapping_mul(2_654_435_761) >> 8 & 0xffff) as f32 / 65_536.0
}

fn rows<const N: usize>(n: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, N), |(i, j)| number(i * N + j))
}

fn sequence<const N: usize, const C: usize>(n: usize) -> Array3<f32> {
    Array3::from_shape_fn((n, N, C), |(i, j, k)| number((i * N + j) * C + k))
}

fn images<const N: usize, const C: usize>(n: usize) -> Array4<f32> {
    Array4::from_shape_fn((n, N, N, C), |(i, j, k, l)| number(((i * N + j) * N + k) * C + l))
}

fn words(n: usize) -> Array2<u32> {
    Array2::from_shape_fn((n, 100), |(i, j)| (number(i * 100 + j) * 1000.0) as u32)
}

/// All workloads, in the order in which they are reported.
#[rustfmt::skip]
pub fn all() -> Vec<Workload> {
    vec![
        workload!("mlp", Mlp, MlpInputs { x: rows::<784> }, MlpTargets),
        workload!("cnn28", Cnn28, Cnn28Inputs { x: images::<28, 1> }, Cnn28Targets),
        workload!("cnn64", Cnn64, Cnn64Inputs { x: images::<64, 3> }, Cnn64Targets),
        workload!("image_aux", ImageAux, ImageAuxInputs { image: images::<64, 3>, aux: rows::<10> }, ImageAuxTargets),
        workload!("image_text", ImageText, ImageTextInputs { image: images::<64, 3>, text: words }, ImageTextTargets),
        workload!("lstm_seq", LstmSeq, LstmSeqInputs { x: sequence::<10, 20> }, LstmSeqTargets),
        workload!("lstm100", Lstm100, Lstm100Inputs { x: sequence::<100, 64> }, Lstm100Targets),
        workload!("gru100", Gru100, Gru100Inputs { x: sequence::<100, 64> }, Gru100Targets),
        workload!("residual", Residual, ResidualInputs { x: images::<32, 3> }, ResidualTargets),
        workload!("depthwise", Depthwise, DepthwiseInputs { x: images::<32, 3> }, DepthwiseTargets),
        workload!("attention", Attention, AttentionInputs { x: sequence::<64, 128> }, AttentionTargets),
        workload!("conv1d", Convolution1D, Convolution1DInputs { x: sequence::<128, 16> }, Convolution1DTargets),
    ]
}

/// The same model on sequences of several lengths.
#[rustfmt::skip]
pub fn sequences() -> Vec<Workload> {
    vec![
        workload!("sequence10", AnyLength, AnyLengthInputs { x: sequence::<10, 64> }, AnyLengthTargets),
        workload!("sequence50", AnyLength, AnyLengthInputs { x: sequence::<50, 64> }, AnyLengthTargets),
        workload!("sequence100", AnyLength, AnyLengthInputs { x: sequence::<100, 64> }, AnyLengthTargets),
        workload!("sequence200", AnyLength, AnyLengthInputs { x: sequence::<200, 64> }, AnyLengthTargets),
        workload!("sequence400", AnyLength, AnyLengthInputs { x: sequence::<400, 64> }, AnyLengthTargets),
    ]
}

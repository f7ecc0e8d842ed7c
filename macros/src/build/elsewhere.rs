//! What other libraries, and other versions of Keras, call what a model has.

/// The layer that is meant by a name of another library.
pub(super) fn layer(name: &str) -> Option<&'static str> {
    Some(match name {
        "AvgPool1D" | "AvgPool1d" => "AveragePooling1D",
        "AvgPool2D" | "AvgPool2d" => "AveragePooling2D",
        "AvgPool3D" | "AvgPool3d" => "AveragePooling3D",
        "MaxPool1D" | "MaxPool1d" => "MaxPooling1D",
        "MaxPool2D" | "MaxPool2d" => "MaxPooling2D",
        "MaxPool3D" | "MaxPool3d" => "MaxPooling3D",
        "GlobalAvgPool1D" => "GlobalAveragePooling1D",
        "GlobalAvgPool2D" | "AdaptiveAvgPool2d" => "GlobalAveragePooling2D",
        "GlobalAvgPool3D" => "GlobalAveragePooling3D",
        "GlobalMaxPool1D" => "GlobalMaxPooling1D",
        "GlobalMaxPool2D" | "AdaptiveMaxPool2d" => "GlobalMaxPooling2D",
        "GlobalMaxPool3D" => "GlobalMaxPooling3D",
        "BatchNorm" | "BatchNorm1d" | "BatchNorm2d" | "BatchNorm3d" => "BatchNormalization",
        "LayerNorm" => "LayerNormalization",
        "GroupNorm" => "GroupNormalization",
        "RMSNorm" => "RMSNormalization",
        "Convolution1D" => "Conv1D",
        "Convolution2D" => "Conv2D",
        "Convolution3D" => "Conv3D",
        "ConvTranspose1d" | "Convolution1DTranspose" => "Conv1DTranspose",
        "ConvTranspose2d" | "Convolution2DTranspose" | "Deconvolution2D" => "Conv2DTranspose",
        "DepthwiseConvolution2D" => "DepthwiseConv2D",
        "SeparableConvolution1D" => "SeparableConv1D",
        "SeparableConvolution2D" => "SeparableConv2D",
        "CuDNNGRU" => "GRU",
        "CuDNNLSTM" => "LSTM",
        "FullyConnected" | "Linear" => "Dense",
        "Concat" | "Merge" => "Concatenate",
        "Upsample" => "UpSampling2D",
        "ZeroPad2d" => "ZeroPadding2D",
        "Dropout1d" => "SpatialDropout1D",
        "Dropout2d" => "SpatialDropout2D",
        "MultiheadAttention" => "MultiHeadAttention",
        "Swish" | "SiLU" => "Activation(silu)",
        "GELU" | "Gelu" => "Activation(gelu)",
        "Sigmoid" => "Activation(sigmoid)",
        "Tanh" => "Activation(tanh)",
        _ => return None,
    })
}

/// The function or operator that is meant by a name of another library.
pub(super) fn function(name: &str) -> Option<&'static str> {
    Some(match name {
        "reduce_sum" => "sum(x, axis = 1)",
        "reduce_mean" => "mean(x, axis = 1)",
        "reduce_max" => "max(x, axis = 1)",
        "reduce_min" => "min(x, axis = 1)",
        "amax" => "max(x, axis = 1)",
        "amin" => "min(x, axis = 1)",
        "concat" | "cat" => "concatenate(a, b, axis = 1)",
        "ln" => "log(x)",
        "pow" | "power" => "square(x), or a product such as x * x * x",
        "dot" | "batch_dot" | "einsum" | "tensordot" => "matmul(a, b), or the layer Dot(axes = 1)(a, b)",
        "permute_dimensions" | "swapaxes" => "transpose(x, (2, 1))",
        "unsqueeze" => "expand_dims(x, axis = 1)",
        "divide" => "the operator: a / b",
        "negative" => "the operator: -x",
        "swish" => "silu(x)",
        "clip_by_value" | "clamp" => "clip(x, 0.0, 1.0)",
        "absolute" => "abs(x)",
        "l1" | "l2" | "l1_l2" => "a regularizer with a capital letter: L2(0.01), L1(0.01), L1L2(0.01, 0.01)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use formwork_shape::{FUNCTIONS, Layer};

    #[test]
    fn what_is_known_here_is_not_called_foreign() {
        assert!(Layer::NAMES.iter().all(|name| super::layer(name).is_none()));
        assert!(FUNCTIONS.iter().all(|(name, _)| super::function(name).is_none()));
    }
}

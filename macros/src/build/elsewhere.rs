//! What other libraries, and other versions of Keras, call what a model has.

/// The layer that is meant by a name of another library; what has no namesake here is in [`no_layer`].
pub(super) fn layer(name: &str) -> Option<&'static str> {
    Some(match name {
        "AvgPool1D" | "AvgPool1d" => "AveragePooling1D",
        "AvgPool" | "AvgPool2D" | "AvgPool2d" => "AveragePooling2D",
        "AvgPool3D" | "AvgPool3d" => "AveragePooling3D",
        "MaxPool1D" | "MaxPool1d" => "MaxPooling1D",
        "MaxPool" | "MaxPool2D" | "MaxPool2d" => "MaxPooling2D",
        "MaxPool3D" | "MaxPool3d" => "MaxPooling3D",
        "GlobalAvgPool1D" => "GlobalAveragePooling1D",
        "GlobalAvgPool2D" | "AdaptiveAvgPool2d" => "GlobalAveragePooling2D",
        "GlobalAvgPool3D" => "GlobalAveragePooling3D",
        "GlobalMaxPool1D" => "GlobalMaxPooling1D",
        "GlobalMaxPool2D" | "AdaptiveMaxPool2d" => "GlobalMaxPooling2D",
        "GlobalMaxPool3D" => "GlobalMaxPooling3D",
        "BatchNorm" | "BatchNorm1d" | "BatchNorm2d" | "BatchNorm3d" => "BatchNormalization",
        "GroupNorm" => "GroupNormalization",
        "LayerNorm" => "LayerNormalization",
        "RMSNorm" => "RMSNormalization",
        "Linear" | "FullyConnected" => "Dense",
        "Conv1d" | "Convolution1D" => "Conv1D",
        "Conv2d" | "Convolution2D" => "Conv2D",
        "Conv3d" | "Convolution3D" => "Conv3D",
        "ConvTranspose1d" | "Convolution1DTranspose" => "Conv1DTranspose",
        "ConvTranspose2d" | "Convolution2DTranspose" | "Deconvolution2D" => "Conv2DTranspose",
        "DepthwiseConvolution2D" => "DepthwiseConv2D",
        "SeparableConvolution1D" => "SeparableConv1D",
        "SeparableConvolution2D" => "SeparableConv2D",
        "CuDNNGRU" => "GRU",
        "CuDNNLSTM" => "LSTM",
        "Concat" | "Merge" => "Concatenate",
        "Upsample" => "UpSampling2D",
        "ZeroPad2d" => "ZeroPadding2D",
        "Dropout1d" => "SpatialDropout1D",
        "Dropout2d" => "SpatialDropout2D",
        "MultiheadAttention" => "MultiHeadAttention",
        "GroupedQueryAttention" => "GroupQueryAttention",
        "Swish" | "SiLU" => "Activation(silu)",
        "GELU" | "Gelu" => "Activation(gelu)",
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
        "concat" | "cat" => "concatenate(a, b, axis = 1)",
        "ln" => "log(x)",
        "pow" | "powf" | "powi" => "power(x, 3.0)",
        "dot" | "batch_dot" | "einsum" | "tensordot" => "matmul(a, b), or the layer Dot(axes = 1)(a, b)",
        "permute_dimensions" | "permute" | "moveaxis" | "rearrange" => "transpose(x, (2, 1))",
        "unsqueeze" => "expand_dims(x, axis = 1)",
        "swish" => "silu(x)",
        "clip_by_value" | "clamp" => "clip(x, 0.0, 1.0)",
        "logical_and" | "bitwise_and" => "a product: a * b of tensors of 0 and 1",
        "logical_or" | "bitwise_or" => "maximum(a, b) of tensors of 0 and 1",
        "logical_xor" | "bitwise_xor" => "abs(a - b) of tensors of 0 and 1",
        "all" => "min(x, axis = 1) of a tensor of 0 and 1",
        "any" => "max(x, axis = 1) of a tensor of 0 and 1",
        "count_nonzero" => "sum(x, axis = 1) of a tensor of 0 and 1",
        "true_divide" => "a / b",
        "cbrt" => "sign(x) * power(abs(x), 0.33333333)",
        "rad2deg" => "x * 57.29578",
        "deg2rad" => "x * 0.01745329",
        "arctan2" => "arctan(a / b), where b is above 0",
        "fmax" => "maximum(a, b)",
        "fmin" => "minimum(a, b)",
        "moments" => "mean(x, axis = 1) and var(x, axis = 1)",
        "diff" => "x[1..] - x[..-1]",
        "slice" | "get_item" => "x[(0..3, ..)], the places on each axis of a sample",
        "outer" => "expand_dims(a, axis = 2) * expand_dims(b, axis = 1)",
        "inner" | "vdot" => "sum(a * b, axis = 1)",
        "fliplr" | "flipud" => "flip(x, axis = 1)",
        "rot90" => "flip(transpose(x, (2, 1, 3)), axis = 1)",
        "hsplit" | "vsplit" | "dsplit" | "array_split" => "split(x, 2, axis = 1)",
        "dstack" => "concatenate(a, b, axis = 3)",
        "threshold" => "the layer ReLU(threshold = 1.0)(x)",
        "broadcast_to" => "an operator, which repeats an axis of length 1, or repeat(x, 4, axis = 1)",
        "where" | "cond" | "switch" => "select(condition, a, b)",
        "zeros_like" => "x * 0.0",
        "ones_like" => "x * 0.0 + 1.0",
        "view" => "reshape(x, (64,)), with -1 for what is left",
        "ravel" => "flatten(x)",
        "take" | "gather" => "a place, x[(0, ..)], or the layer Embedding(1000, 64)(ids)",
        "conv" | "conv2d" => "the layer Conv2D(32, 3)(x)",
        "conv1d" => "the layer Conv1D(32, 3)(x)",
        "conv3d" => "the layer Conv3D(32, 3)(x)",
        "conv_transpose" => "the layer Conv2DTranspose(32, 3)(x)",
        "depthwise_conv" => "the layer DepthwiseConv2D(3)(x)",
        "separable_conv" => "the layer SeparableConv2D(32, 3)(x)",
        "max_pool" | "max_pool2d" => "the layer MaxPooling2D(2)(x)",
        "average_pool" | "avg_pool" | "avg_pool2d" => "the layer AveragePooling2D(2)(x)",
        "adaptive_average_pool" | "adaptive_avg_pool2d" => "the layer AdaptiveAveragePooling2D(1)(x)",
        "adaptive_max_pool" => "the layer AdaptiveMaxPooling2D(1)(x)",
        "batch_normalization" | "batch_norm" => "the layer BatchNormalization()(x)",
        "layer_normalization" | "layer_norm" => "the layer LayerNormalization()(x)",
        "rms_normalization" | "rms_norm" => "the layer RMSNormalization()(x)",
        "dot_product_attention" | "scaled_dot_product_attention" => "the layer Attention()(query, value, key)",
        "squared_difference" => "square(a - b)",
        "mod" | "fmod" | "floor_divide" => "x - floor(x / 3.0) * 3.0, what is left of x / 3.0",
        "logical_not" => "1.0 - x of a tensor of 0 and 1",
        "hypot" => "sqrt(square(a) + square(b))",
        "logaddexp" => "logsumexp(stack(a, b, axis = 1), axis = 1)",
        "ptp" => "max(x, axis = 1) - min(x, axis = 1)",
        "unstack" => "a place of each: (x[0], x[1])",
        "hstack" | "vstack" | "append" => "concatenate(a, b, axis = 1)",
        "range" | "arange" => "0..3",
        "l1" | "l2" | "l1_l2" => "a regularizer with a capital letter: L2(0.01), L1(0.01), L1L2(0.01, 0.01)",
        _ => return None,
    })
}

/// Functions of Keras that a model has none for, nor anything that does the same.
const OF_KERAS: &[&str] = &[
    "median",
    "quantile",
    "percentile",
    "unique",
    "histogram",
    "bincount",
    "nonzero",
    "segment_sum",
    "segment_max",
    "segment_min",
    "segment_prod",
    "scatter",
    "scatter_update",
    "slice_update",
    "take_along_axis",
    "fft",
    "fft2",
    "ifft2",
    "rfft",
    "irfft",
    "stft",
    "istft",
    "svd",
    "inv",
    "pinv",
    "det",
    "slogdet",
    "logdet",
    "solve",
    "solve_triangular",
    "lstsq",
    "lu_factor",
    "cholesky",
    "cholesky_inverse",
    "qr",
    "eigh",
    "eig",
    "matrix_rank",
    "diag",
    "diagflat",
    "diagonal",
    "trace",
    "tril",
    "triu",
    "kron",
    "cross",
    "cumprod",
    "erf",
    "erfc",
    "erfinv",
    "i0",
    "sinc",
    "isin",
    "isnan",
    "isinf",
    "isfinite",
    "isclose",
    "nan_to_num",
    "nansum",
    "nanmean",
    "nanmax",
    "nanmin",
    "nanvar",
    "nanstd",
    "nanprod",
    "correlate",
    "corrcoef",
    "cdist",
    "digitize",
    "heaviside",
    "unfold",
    "fold",
    "depth_to_space",
    "space_to_depth",
    "ctc_loss",
    "ctc_decode",
    "view_as_complex",
    "real",
    "imag",
    "conj",
    "angle",
    "polar",
    "trapezoid",
    "meshgrid",
    "extract_sequences",
    "psnr",
    "custom_gradient",
];

/// What other libraries have a function for and a model does otherwise.
pub(super) fn no_function(name: &str) -> Option<&'static str> {
    Some(match name {
        "print" | "println" | "dbg" | "eprintln" | "format" | "assert" | "assert_eq" => {
            "shapes are stated, `let h: Shape<64> = ..;`, and seen in the summary of a model: `println!(\"{}\", model.summary())`"
        }
        "argmax" | "argmin" | "top_k" | "argsort" | "sort" | "argpartition" | "in_top_k" | "searchsorted" => {
            "it has no gradient: a model returns scores, and the best of them are found in the array that `predict` returns"
        }
        "constant" | "zeros" | "ones" | "full" | "convert_to_tensor" | "array" | "empty" | "eye" | "full_like"
        | "linspace" | "empty_like" | "tri" => {
            "a number joins a tensor by an operator, as in `x * 2.0 + 1.0`; many that are learned are the weights of a layer"
        }
        "cast" | "to_float" | "astype" | "float" | "int" => {
            "all tensors of a model have its element type: `Model<f32>` (the default) or `Model<f64>`"
        }
        "shape" | "len" => "a shape is stated, not asked for: `let h: Shape<64> = ..;`",
        "one_hot" | "multi_hot" => {
            "ids become rows of numbers by Embedding(input_dim, output_dim), or before the model, in a step of the data \
             set, by to_categorical"
        }
        "map" | "scan" | "while_loop" | "fori_loop" | "vectorized_map" | "associative_scan" => {
            "a layer is applied at each step by TimeDistributed(..), and `for` is unrolled by the compiler"
        }
        "binary_crossentropy"
        | "categorical_crossentropy"
        | "sparse_categorical_crossentropy"
        | "mse_loss"
        | "cross_entropy" => {
            "a loss is given to the model's `compile`: model.compile(Adam::new(1e-3), BinaryCrossentropy::new())"
        }
        "stop_gradient" | "no_grad" | "detach" => "a layer is kept from learning by trainable = false",
        "random_normal" | "randn" | "normal" | "randn_like" => {
            "noise is a layer: GaussianNoise(1.0)(x), or for a noise of its own GaussianNoise(1.0)(x * 0.0, training = true)"
        }
        _ if OF_KERAS.contains(&name) => {
            "a model has no function for it: compute it before the model, in a step of the data set, or write a layer of your \
             own, a type that implements formwork::layer::Layer"
        }
        _ => return None,
    })
}

/// The setting that is meant by a name of another library.
pub(super) fn argument(word: &str) -> &'static [&'static str] {
    match word {
        "p" | "prob" | "drop_rate" | "keep_prob" => &["rate"],
        "hidden_size" | "hidden_dim" | "hidden_units" | "out_features" | "num_units" | "size" | "neurons" | "width" => {
            &["units", "pool_size"]
        }
        "out_channels" | "channels" | "num_filters" | "n_filters" | "features" => &["filters", "units"],
        "nb_filter" => &["filters"],
        "kernel" | "window" | "window_size" | "ksize" | "filter_size" => &["kernel_size", "pool_size"],
        "kernel_size" => &["pool_size"],
        "subsample" => &["strides"],
        "dilation" | "dilations" => &["dilation_rate"],
        "bias" => &["use_bias"],
        "nonlinearity" => &["activation"],
        "dim" => &["axis"],
        "num_embeddings" | "vocab_size" | "vocabulary_size" => &["input_dim"],
        "embedding_dim" | "embed_dim" | "embedding_size" | "d_model" => &["output_dim", "key_dim"],
        "heads" | "n_heads" | "nhead" => &["num_heads"],
        "head_dim" | "key_size" => &["key_dim"],
        "num_groups" => &["groups"],
        "negative_slope" => &["alpha"],
        "alpha" => &["negative_slope"],
        "init" | "weight_init" => &["kernel_initializer"],
        "scale_factor" => &["size"],
        "std" => &["stddev"],
        "shape" | "size_out" => &["target_shape"],
        _ => &[],
    }
}

/// The initializer that is meant by a name of another library.
pub(super) fn initializer(word: &str) -> Option<&'static str> {
    Some(match word.trim_end_matches('_').to_lowercase().replace('_', "").as_str() {
        "xavier" | "xavieruniform" | "glorot" => "glorot_uniform",
        "xaviernormal" => "glorot_normal",
        "kaiming" | "kaiminguniform" | "he" => "he_uniform",
        "kaimingnormal" => "he_normal",
        "lecun" => "lecun_normal",
        "normal" | "gaussian" | "randn" => "random_normal",
        "truncnormal" => "truncated_normal",
        "uniform" | "rand" => "random_uniform",
        "eye" => "identity",
        _ => return None,
    })
}

/// What Keras has a layer for and a model does otherwise.
pub(super) fn no_layer(label: &str) -> Option<&'static str> {
    Some(match label {
        "Input" | "InputLayer" => "the inputs are the model's parameters: `fn Model(x: Input<8>) -> Output<1> { .. }`",
        "RNN" | "SimpleRNNCell" | "LSTMCell" | "GRUCell" => {
            "the cells come with the layer: SimpleRNN(64), LSTM(64), GRU(64)"
        }
        "StackedRNNCells" => {
            "recurrent layers are stacked one after the other, all but the last with return_sequences = true: \
             LSTM(32)(LSTM(64, return_sequences = true)(x))"
        }
        "ReversibleEmbedding" => "the way back is a layer of its own: TimeDistributed(Dense(1000, use_bias = false))",
        "Sigmoid" | "Tanh" => "it is a function, sigmoid(x) or tanh(x), and an argument: Dense(64, activation = tanh)",
        "Lambda" => {
            "functions of tensors are written as they are, as in `tanh(x) * 2.0`; what prepares data, such as padding, \
             is a step of the data set and comes before the model"
        }
        "Pipeline" => "a chain of layers is Sequential([RandomFlip(), RandomZoom(0.1)])",
        "Layer" | "Wrapper" => "a layer of your own is a type that implements formwork::layer::Layer",
        "JaxLayer" | "FlaxLayer" | "TorchModuleWrapper" | "TFSMLayer" => {
            "code of other libraries is not called from a model; a layer of your own implements formwork::layer::Layer"
        }
        "TextVectorization" | "StringLookup" | "IntegerLookup" | "Hashing" | "HashedCrossing" => {
            "texts and categories become ids before they come to the model, in a step of the data set; the model reads them \
             as `ids: Input<_, u32>`"
        }
        "CategoryEncoding" | "Discretization" => {
            "categories become numbers before they come to the model, in a step of the data set, for example by \
             to_categorical; or give the ids to Embedding(input_dim, output_dim)"
        }
        "STFTSpectrogram" | "MelSpectrogram" => "a spectrogram is made before the model, in a step of the data set",
        "MaxNumBoundingBoxes" => "boxes are prepared before the model, in a step of the data set",
        "MixUp" | "CutMix" => {
            "samples are mixed before the model, in a step of the data set: images and labels together"
        }
        "AugMix"
        | "RandAugment"
        | "AutoContrast"
        | "Equalization"
        | "Solarization"
        | "ContrastLimitedAdaptiveHistogramEqualization"
        | "RandomColorDegeneration"
        | "RandomColorJitter"
        | "RandomElasticTransform"
        | "RandomErasing"
        | "RandomGaussianBlur"
        | "RandomGrayscale"
        | "RandomHue"
        | "RandomInvert"
        | "RandomPerspective"
        | "RandomPosterization"
        | "RandomSaturation"
        | "RandomSharpness"
        | "RandomShear" => {
            "a model can augment its images by RandomFlip, RandomTranslation, RandomRotation, RandomZoom, RandomCrop, \
             RandomBrightness and RandomContrast; others are a step of the data set"
        }
        _ => return None,
    })
}

/// What a setting that no layer has is about.
pub(super) fn no_argument(word: &str) -> Option<&'static str> {
    Some(match word {
        "dtype" | "autocast" => "the element type is the model's: `Model<f32>` (the default) or `Model<f64>`",
        "training" => {
            "`fit` trains and `predict` does not, without saying so; one layer is told at its call: \
             Dropout(0.5)(x, training = false)"
        }
        "stateful" => {
            "a batch starts from zeros, so that its samples and their order do not matter; to go on from an earlier \
             state, return it with return_state = true and give it with initial_state = .."
        }
        "unroll" | "use_cudnn" | "implementation" => "a sequence is one kernel here, whatever its length: leave it out",
        "time_major" => "the first axis of a sample is the time: turn others with Permute((2, 1))",
        "lora_rank" | "lora_alpha" => "there is no low-rank adaptation: freeze a layer with trainable = false",
        "quantization_config" | "gptq_unpacked_column_size" | "reverse_dtype" => "weights are f32 or f64: leave it out",
        "ord" | "order" => {
            "the length is the root of the sum of squares: leave it out; of absolute values it is sum(abs(x), axis = -1)"
        }
        "renorm" | "renorm_clipping" | "renorm_momentum" => "there is no batch renormalization: leave it out",
        "synchronized" | "flash_attention" | "fused" => "it changes how, not what is computed: leave it out",
        "sparse" | "ragged" => "tensors are dense: leave it out",
        "bidirectional" => "both directions are a layer around this one: Bidirectional(LSTM(64))(x)",
        "num_layers" => {
            "layers are stacked one after the other, all but the last with return_sequences = true: \
             LSTM(32)(LSTM(64, return_sequences = true)(x))"
        }
        "batch_first" => "the batch axis is always the first, and never written: leave it out",
        "inplace" => "nothing is copied that need not be: leave it out",
        "in_channels" | "in_features" | "in_dim" | "num_features" | "normalized_shape" => {
            "the width of the input follows from the tensor: leave it out"
        }
        "weights" => "weights are set on the model: `model.load(path)`, or by the names of its layers",
        "batch_size" | "batch_shape" => "the batch axis is never written: a model takes batches of any size",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use formwork_shape::{FUNCTIONS, Layer};

    #[test]
    fn short_names_of_poolings_lead_to_those_of_their_rank() {
        for (short, long) in [("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")] {
            for rank in 1..=3 {
                let name = format!("{short}{rank}D");
                assert_eq!(super::layer(&name), Some(&*format!("{long}{rank}D")), "{name}");
            }
        }
    }

    #[test]
    fn a_name_has_either_a_namesake_or_an_explanation() {
        let names = ["Linear", "Conv2d", "BatchNorm", "BatchNorm3d", "LayerNorm", "MaxPool", "Concat"];
        assert!(names.iter().all(|name| super::layer(name).is_some() && super::no_layer(name).is_none()));
        assert!(["Input", "RNN", "Lambda"].iter().all(|name| super::layer(name).is_none()));
    }

    #[test]
    fn what_is_known_here_is_not_called_foreign() {
        assert!(Layer::NAMES.iter().all(|name| super::layer(name).is_none()));
        assert!(
            FUNCTIONS.iter().all(|(name, _)| super::function(name).is_none() && super::no_function(name).is_none())
        );
    }
}

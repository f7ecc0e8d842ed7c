//! The built-in layers: what each computes, forward and backward.

#![allow(clippy::needless_pass_by_value, reason = "a helper that takes a backward step uses it up")]

mod activation;
mod activity_regularization;
mod adaptive_average_pooling1d;
mod adaptive_average_pooling2d;
mod adaptive_average_pooling3d;
mod adaptive_max_pooling1d;
mod adaptive_max_pooling2d;
mod adaptive_max_pooling3d;
mod add;
mod additive_attention;
mod affine;
mod alpha_dropout;
mod arithmetic;
mod attention;
mod average;
mod average_pooling1d;
mod average_pooling2d;
mod average_pooling3d;
mod batch_normalization;
mod bidirectional;
mod center_crop;
mod clip;
mod compare;
mod concatenate;
mod conv1d;
mod conv1d_transpose;
mod conv2d;
mod conv2d_transpose;
mod conv3d;
mod conv3d_transpose;
mod conv_lstm1d;
mod conv_lstm2d;
mod conv_lstm3d;
mod cropping1d;
mod cropping2d;
mod cropping3d;
mod cumsum;
mod dense;
mod depthwise_conv1d;
mod depthwise_conv2d;
mod dot;
mod dropout;
mod einsum_dense;
mod elu;
mod embedding;
mod expand_dims;
mod flatten;
mod flip;
mod gaussian_dropout;
mod gaussian_noise;
mod global_average_pooling1d;
mod global_average_pooling2d;
mod global_average_pooling3d;
mod global_max_pooling1d;
mod global_max_pooling2d;
mod global_max_pooling3d;
mod glu;
mod group_normalization;
mod group_query_attention;
mod gru;
mod identity;
mod join_masks;
mod layer_normalization;
mod leaky_re_lu;
mod logical_or;
mod lstm;
mod masking;
mod math;
mod matmul;
mod max_pooling1d;
mod max_pooling2d;
mod max_pooling3d;
mod maximum;
mod minimum;
mod multi_head_attention;
mod multiply;
mod normalization;
mod not_equal;
mod over;
mod p_re_lu;
mod pad;
mod permute;
mod power;
mod random_brightness;
mod random_contrast;
mod random_crop;
mod random_flip;
mod random_rotation;
mod random_translation;
mod random_zoom;
mod re_lu;
mod reduce;
mod repeat;
mod repeat_vector;
mod rescaling;
mod reshape;
mod resizing;
mod rms_normalization;
mod roll;
mod select;
mod separable_conv1d;
mod separable_conv2d;
mod simple_rnn;
mod slice;
mod softmax;
mod spatial_dropout1d;
mod spatial_dropout2d;
mod spatial_dropout3d;
mod spectral_normalization;
mod split;
mod squeeze;
mod stack;
mod subtract;
mod swap_axes;
mod tile;
mod time_distributed;
mod unit_normalization;
mod up_sampling1d;
mod up_sampling2d;
mod up_sampling3d;
mod zero_padding1d;
mod zero_padding2d;
mod zero_padding3d;

mod activate;
mod adaptive;
mod attend;
mod channel_dropout;
mod columns;
mod conv_lstm;
mod convolution;
mod each;
mod enlarge;
mod extreme;
mod frame;
mod gather;
mod global_pooling;
mod merge;
mod noise;
mod norm;
mod plain;
mod pooling;
mod recurrent;
mod resample;
mod separable;
mod spread;
mod unit;
mod warp;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod golden;

pub use additive_attention::AdditiveAttention;
pub use attention::Attention;
pub use batch_normalization::BatchNormalization;
pub use bidirectional::Bidirectional;
pub use conv_lstm1d::ConvLSTM1D;
pub use conv_lstm2d::ConvLSTM2D;
pub use conv_lstm3d::ConvLSTM3D;
pub use conv1d::Conv1D;
pub use conv1d_transpose::Conv1DTranspose;
pub use conv2d::Conv2D;
pub use conv2d_transpose::Conv2DTranspose;
pub use conv3d::Conv3D;
pub use conv3d_transpose::Conv3DTranspose;
pub use dense::Dense;
pub use depthwise_conv1d::DepthwiseConv1D;
pub use depthwise_conv2d::DepthwiseConv2D;
pub use einsum_dense::EinsumDense;
pub use embedding::Embedding;
pub use group_normalization::GroupNormalization;
pub use group_query_attention::GroupQueryAttention;
pub use gru::GRU;
pub use layer_normalization::LayerNormalization;
pub use lstm::LSTM;
pub use multi_head_attention::MultiHeadAttention;
pub use normalization::Normalization;
pub use p_re_lu::PReLU;
pub use rms_normalization::RMSNormalization;
pub use separable_conv1d::SeparableConv1D;
pub use separable_conv2d::SeparableConv2D;
pub use simple_rnn::SimpleRNN;

use crate::Real;
use crate::kernel::{Compiled, Kernel};
use formwork_shape::{Layer, layers};

macro_rules! kernels {
    ($($layer:ident),*) => {
        $(impl Compiled for layers::$layer {
            // The compiler would inline functions as short as these into the crate that writes the model, and compile the
            // kernels there once more.
            #[inline(never)]
            fn single(&self) -> &dyn Kernel<f32> {
                self
            }

            #[inline(never)]
            fn double(&self) -> &dyn Kernel<f64> {
                self
            }
        })*

        /// The layer inside another as the kernel that computes it.
        fn any<T: Real>(layer: &Layer) -> &dyn Kernel<T> {
            match layer { $(Layer::$layer(layer) => layer),* }
        }
    };
}

formwork_shape::for_each_layer!(kernels);

//! The built-in layers: what each computes, forward and backward.

mod activation;
mod add;
mod affine;
mod arithmetic;
mod average;
mod batch_normalization;
mod concatenate;
mod dense;
mod dropout;
mod elu;
mod embedding;
mod flatten;
mod global_average_pooling1d;
mod global_average_pooling2d;
mod global_average_pooling3d;
mod global_max_pooling1d;
mod global_max_pooling2d;
mod global_max_pooling3d;
mod leaky_re_lu;
mod maximum;
mod minimum;
mod multiply;
mod p_re_lu;
mod re_lu;
mod rescaling;
mod reshape;
mod softmax;
mod subtract;

mod activate;
mod columns;
mod each;
mod extreme;
mod global_pooling;
mod merge;
mod spread;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod golden;

pub use batch_normalization::BatchNormalization;
pub use dense::Dense;
pub use embedding::Embedding;
pub use p_re_lu::PReLU;

use crate::kernel::{Kernel, KernelOf};
use formwork_shape::layers;

macro_rules! kernels {
    ($($layer:ident),*) => { $(
        impl KernelOf<layers::$layer> for f32 {
            fn kernel(layer: &layers::$layer) -> &dyn Kernel<f32> {
                layer
            }
        }

        impl KernelOf<layers::$layer> for f64 {
            fn kernel(layer: &layers::$layer) -> &dyn Kernel<f64> {
                layer
            }
        }
    )* };
}

formwork_shape::for_each_layer!(kernels);

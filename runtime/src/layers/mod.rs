//! The built-in layers: what each computes, forward and backward.

mod concatenate;
mod dropout;

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

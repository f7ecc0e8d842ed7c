//! The variance of a kernel whose outputs are other axes than the last one, beside Keras'.

use formwork_shape::layers::{EinsumDense, MultiHeadAttention};
use formwork_shape::{Arg, Argument, Fan, In, Initializer, OpenDims, Shape, Text};

/// scale / n, with n counted as by the runtime: the last axis is outputs, the one before it inputs, the others a window.
fn variance(initializer: Initializer, dims: &[usize]) -> f64 {
    let Initializer::VarianceScaling(scale, fan, _) = initializer else { panic!("{initializer:?} scales nothing") };
    let [window @ .., inputs, outputs] = dims else { panic!("a kernel has two axes") };
    let window: usize = window.iter().product();
    let (inputs, outputs) = ((window * inputs) as f64, (window * outputs) as f64);
    scale
        / match fan {
            Fan::In => inputs,
            Fan::Out => outputs,
            Fan::Average => (inputs + outputs) / 2.0,
        }
}

/// Keras 3.15: kernels of `MultiHeadAttention(8, 16)` on 128 features lie in ±0.1531, which is ±√(3 / 128).
#[test]
fn attention_counts_all_heads_as_outputs() {
    let x = In::new("x", Shape::new(&[10, 128]));
    let layer = MultiHeadAttention { num_heads: 8, key_dim: 16, ..MultiHeadAttention::TEMPLATE };
    let weights = layer.weights(&[x, x]);
    let kernels = weights.as_slice().iter().filter(|weight| weight.name.ends_with("kernel"));
    for kernel in kernels {
        let found = variance(kernel.initializer, kernel.shape.dims());
        assert!((found - 1.0 / 128.0).abs() < 1e-12, "{}: {found}", kernel.name);
    }
    assert_eq!(weights.as_slice().len(), 8);
}

#[test]
fn einsum_counts_the_axes_of_its_output() {
    let x = In::new("x", Shape::new(&[10, 6]));
    let shape = OpenDims::read(&Arg::List(&[Arg::Word("None"), Arg::Int(4), Arg::Int(5)]));
    let layer = EinsumDense {
        equation: Text::of("abc,dce->abde"),
        output_shape: shape.expect("it is a list of dimensions"),
        kernel_initializer: Initializer::HeNormal,
        ..EinsumDense::TEMPLATE
    };
    let kernel = layer.weights(&[x]).as_slice()[0];
    assert_eq!(kernel.shape.dims(), [4, 6, 5]);
    assert!((variance(kernel.initializer, kernel.shape.dims()) - 2.0 / 6.0).abs() < 1e-12);
}

#[test]
fn what_does_not_scale_stays() {
    assert_eq!(Initializer::RandomNormal(0.0, 0.1).projecting(&[2, 3], 0b10), Initializer::RandomNormal(0.0, 0.1));
}

//! What layers say when they refuse an input or an argument. Read each message as a newcomer.

use formwork_shape::layers::*;
use formwork_shape::{DYN, Dims, In, Kind, Layer, Padding, Shape};

const SEQUENCE: &[usize] = &[DYN, 32];
const IMAGE: &[usize] = &[28, 28, 3];

fn x(dims: &[usize]) -> In {
    In::new("x", Shape::new(dims))
}

/// The output shape that the rule gives.
fn output(layer: impl Into<Layer>, inputs: &[In]) -> Vec<usize> {
    layer.into().outputs(inputs).unwrap_or_else(|message| panic!("{message}")).get(0).shape.dims().to_vec()
}

/// The message that the rule refuses with; every one has a way out.
fn refusal(layer: impl Into<Layer>, inputs: &[In]) -> String {
    let message = layer.into().outputs(inputs).expect_err("the rule refuses this").to_string();
    assert!(message.contains("\nhint: "), "no way out: {message}");
    message.split("\nhint: ").next().unwrap_or_default().to_owned()
}

#[test]
fn inputs_of_another_rank_are_shown_by_name_and_shape() {
    let cases: [(Layer, &[usize], &str); 5] = [
        (
            Dense { units: 4, ..Dense::TEMPLATE }.into(),
            SEQUENCE,
            "Dense takes a vector of features, but `x` has shape (batch, _, 32)",
        ),
        (
            Conv2D::TEMPLATE.into(),
            SEQUENCE,
            "Conv2D takes an image [height, width, channels], but `x` has shape (batch, _, 32)",
        ),
        (
            MaxPooling1D::TEMPLATE.into(),
            IMAGE,
            "MaxPooling1D takes a sequence [steps, features], but `x` has shape (batch, 28, 28, 3)",
        ),
        (
            Conv3D::TEMPLATE.into(),
            IMAGE,
            "Conv3D takes a volume [depth, height, width, channels], but `x` has shape (batch, 28, 28, 3)",
        ),
        (LSTM::TEMPLATE.into(), &[8], "LSTM takes a sequence [steps, features], but `x` has shape (batch, 8)"),
    ];
    for (layer, input, message) in cases {
        assert_eq!(refusal(layer, &[x(input)]), message);
    }
    assert_eq!(
        refusal(Attention::TEMPLATE, &[x(&[8]), x(SEQUENCE)]),
        "Attention takes sequences [steps, features], but `x` has shape (batch, 8)"
    );
}

#[test]
fn settings_that_compute_nothing_are_refused() {
    let conv = Conv2D { filters: 1, ..Conv2D::TEMPLATE };
    let cases: [(Layer, &str); 8] = [
        (Conv2D { filters: 0, ..conv }.into(), "Conv2D needs `filters` of at least 1, but got 0"),
        (
            Conv2D { kernel_size: [3, 0], ..conv }.into(),
            "Conv2D needs `kernel_size` of at least 1 on every axis, but got 3x0",
        ),
        (
            MaxPooling2D { strides: Some([0, 1]), ..MaxPooling2D::TEMPLATE }.into(),
            "MaxPooling2D needs `strides` of at least 1 on every axis, but got 0x1",
        ),
        (
            Conv2D { strides: [2, 2], dilation_rate: [2, 2], ..conv }.into(),
            "Conv2D has strides 2x2 and dilation_rate 2x2, but only one of them can be above 1",
        ),
        (
            SpatialDropout2D { rate: 50.0, ..SpatialDropout2D::TEMPLATE }.into(),
            "SpatialDropout2D needs `rate` in 0..1 (1 excluded), but got 50",
        ),
        (
            ReLU { negative_slope: -0.25, ..ReLU::TEMPLATE }.into(),
            "ReLU needs `negative_slope` of at least 0, but got -0.25",
        ),
        (
            BatchNormalization { epsilon: 0.0, ..BatchNormalization::TEMPLATE }.into(),
            "BatchNormalization needs `epsilon` above 0, but got 0",
        ),
        (
            Conv2DTranspose { filters: 1, output_padding: Some([1, 1]), ..Conv2DTranspose::TEMPLATE }.into(),
            "Conv2DTranspose has output_padding 1x1, which must be below the strides 1x1",
        ),
    ];
    for (layer, message) in cases {
        assert_eq!(refusal(layer, &[x(IMAGE)]), message);
    }
}

#[test]
fn numbers_that_do_not_divide_or_fit_are_named() {
    let cases: [(Layer, &[usize], &str); 7] = [
        (
            Conv2D { filters: 4, groups: 2, ..Conv2D::TEMPLATE }.into(),
            IMAGE,
            "Conv2D has 2 groups, which do not divide the 3 channels: `x` has shape (batch, 28, 28, 3)",
        ),
        (
            GroupNormalization::TEMPLATE.into(),
            IMAGE,
            "GroupNormalization has 32 groups, which do not divide the 3 channels: `x` has shape (batch, 28, 28, 3)",
        ),
        (
            Conv2D { filters: 4, kernel_size: [3, 30], ..Conv2D::TEMPLATE }.into(),
            IMAGE,
            "Conv2D: a window of 3x30 does not fit into 28x28: `x` has shape (batch, 28, 28, 3)",
        ),
        (
            Cropping1D { cropping: [4, 5] }.into(),
            &[9, 2],
            "Cropping1D cuts 4 + 5 places off axis 1, but `x` has shape (batch, 9, 2)",
        ),
        (
            Reshape { target_shape: Dims::of(&[7, 7]) }.into(),
            &[48],
            "Reshape((7, 7)) needs 49 values a sample, but `x` has shape (batch, 48): 48",
        ),
        (Softmax { axis: Dims::of(&[3]) }.into(), SEQUENCE, "Softmax has axis = 3, but `x` has shape (batch, _, 32)"),
        (
            Permute { dims: Dims::of(&[1, 1]) }.into(),
            SEQUENCE,
            "Permute needs each axis from 1 to 2 once, but got (1, 1) and `x` has shape (batch, _, 32)",
        ),
    ];
    for (layer, input, message) in cases {
        assert_eq!(refusal(layer, &[x(input)]), message);
    }
    assert_eq!(
        refusal(Dot { axes: Dims::of(&[1]), normalize: false }, &[x(&[3, 4]), x(&[5, 4])]),
        "Dot needs axes of equal length, but `x` has shape (batch, 3, 4) and `x` has shape (batch, 5, 4): 3 meets 5"
    );
}

#[test]
fn causal_padding_belongs_to_sequences() {
    let causal = Conv1D { filters: 2, kernel_size: [3], padding: Padding::Causal, ..Conv1D::TEMPLATE };
    assert_eq!(output(causal, &[x(SEQUENCE)]), [DYN, 2]);
    let pool = MaxPooling1D { padding: Padding::Causal, ..MaxPooling1D::TEMPLATE };
    assert_eq!(
        refusal(pool, &[x(SEQUENCE)]),
        "MaxPooling1D takes padding = valid or padding = same, but got padding = causal"
    );
}

#[test]
fn ids_are_looked_up_first() {
    let ids = In { kind: Kind::Int, ..x(&[9]) };
    assert_eq!(refusal(ReLU::TEMPLATE, &[ids]), "ReLU takes numbers, but `x` holds whole-number ids");
    assert_eq!(output(Embedding { input_dim: 5, output_dim: 2, ..Embedding::TEMPLATE }, &[ids]), [9, 2]);
}

#[test]
fn dynamic_axes_flow_through_or_are_named() {
    assert_eq!(output(Reshape { target_shape: Dims::of(&[-1, 4, 8]) }, &[x(SEQUENCE)]), [DYN, 4, 8]);
    assert_eq!(output(GlobalMaxPooling1D::TEMPLATE, &[x(SEQUENCE)]), [32]);
    assert_eq!(output(GRU { units: 5, return_sequences: true, ..GRU::TEMPLATE }, &[x(SEQUENCE)]), [DYN, 5]);
    assert_eq!(output(Attention::TEMPLATE, &[x(SEQUENCE), x(&[7, 32])]), [DYN, 32]);
    assert_eq!(output(ZeroPadding1D { padding: [2, 0], ..ZeroPadding1D::TEMPLATE }, &[x(SEQUENCE)]), [DYN, 32]);
    assert_eq!(
        refusal(PReLU::TEMPLATE, &[x(SEQUENCE)]),
        "PReLU has a slope for each place, so all axes must be fixed or shared, but `x` has shape (batch, _, 32)"
    );
    assert_eq!(
        refusal(Flatten::TEMPLATE, &[x(SEQUENCE)]),
        "Flatten needs fixed dimensions, but `x` has shape (batch, _, 32)"
    );
}

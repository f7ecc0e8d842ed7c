//! Functions of tensors, against the numbers that Keras computes.

#![expect(clippy::approx_constant, reason = "they are what Keras has printed")]

use formwork::ndarray::Array3;
use formwork::prelude::*;

model!(
    /// Each under the name of what it shows.
    pub fn Functions(x: Input<2, 3>) -> Outputs {
        let p = abs(x) / 2.5;
        let prod_1 = prod(x, axis = 1);
        let var_1_back = var(x, axis = -1);
        let std_1_2_keepdims_true = std(x, axis = (1, 2), keepdims = true);
        let logsumexp_1 = logsumexp(x, axis = 1);
        let norm_1_back = norm(x, axis = -1);
        let amax_1 = amax(x, axis = 1);
        let amin_1 = amin(x, axis = 1);
        let power_3_0 = power(x, 3.0);
        let power_p_0_3 = power(p, 0.3);
        let log2_p = log2(p);
        let log10_p = log10(p);
        let exp2_x = exp2(x);
        let arcsin_p = arcsin(p);
        let arccos_p = arccos(p);
        let arctan_x = arctan(x);
        let arcsinh_x = arcsinh(x);
        let arccosh_p_1_5 = arccosh(p + 1.5);
        let arctanh_p = arctanh(p);
        let floor_x = floor(x);
        let ceil_x = ceil(x);
        let round_x = round(x);
        let trunc_x = trunc(x);
        let flip_1 = flip(x, axis = 1);
        let flip_1_2 = flip(x, axis = (1, 2));
        let roll_1_2 = roll(x, 1, axis = 2);
        let roll_1_1_back = roll(x, -1, axis = 1);
        let swapaxes_1_1 = swapaxes(x, 1, -1);
        let repeat_2_2 = repeat(x, 2, axis = 2);
        let tile_2_1 = tile(x, (2, 1));
        let tile_2 = tile(x, 2);
        let cumsum_1 = cumsum(x, axis = 1);
        let cumsum_1_back = cumsum(x, axis = -1);
        let pad_constant = pad(x, ((0, 0), (1, 0), (0, 1)), constant_values = 9.0);
        let pad_reflect = pad(x, ((0, 0), (0, 0), (2, 1)), mode = reflect);
        let pad_symmetric = pad(x, ((0, 0), (0, 0), (2, 1)), mode = symmetric);
        let pad_edge = pad(x, ((0, 0), (0, 0), (2, 1)), mode = edge);
        let pad_wrap = pad(x, ((0, 0), (0, 0), (2, 1)), mode = wrap);
        let normalize_1_back = normalize(x, axis = -1);
        let maximum_0_6 = maximum(x, 0.6);
        let minimum_0_6_x = minimum(0.6, x);
        let divide_1_0_x = divide(1.0, x);
        let subtract_1_0_x = subtract(1.0, x);
        let multiply_2_0 = multiply(x, 2.0);
        let add_3_x = add(3, x);
        Outputs {
            prod_1,
            var_1_back,
            std_1_2_keepdims_true,
            logsumexp_1,
            norm_1_back,
            amax_1,
            amin_1,
            power_3_0,
            power_p_0_3,
            log2_p,
            log10_p,
            exp2_x,
            arcsin_p,
            arccos_p,
            arctan_x,
            arcsinh_x,
            arccosh_p_1_5,
            arctanh_p,
            floor_x,
            ceil_x,
            round_x,
            trunc_x,
            flip_1,
            flip_1_2,
            roll_1_2,
            roll_1_1_back,
            swapaxes_1_1,
            repeat_2_2,
            tile_2_1,
            tile_2,
            cumsum_1,
            cumsum_1_back,
            pad_constant,
            pad_reflect,
            pad_symmetric,
            pad_edge,
            pad_wrap,
            normalize_1_back,
            maximum_0_6,
            minimum_0_6_x,
            divide_1_0_x,
            subtract_1_0_x,
            multiply_2_0,
            add_3_x,
        }
    }
);

#[test]
fn functions_compute_what_they_compute_in_keras() {
    let x = Array3::from_shape_vec((1, 2, 3), vec![0.5, -1.25, 2.0, 1.5, 0.75, -0.5]).unwrap();
    let out = Functions::<f64>::seeded(1).predict(FunctionsInputs { x: &x }).unwrap();
    let close = |name: &str, shape: &[usize], got: &[f64], expected: &[f64]| {
        assert_eq!(got.len(), expected.len(), "{name} {shape:?}");
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 2e-6, "{name}: {got}, in Keras {expected}");
        }
    };
    macro_rules! keras {
        ($($name:ident => $shape:expr, $expected:expr;)*) => { $(
            assert_eq!(out.$name.shape()[1..], $shape, stringify!($name));
            close(stringify!($name), &$shape, out.$name.as_slice().unwrap(), &$expected);
        )* };
    }
    // Keras 3.15, in single precision where it has nothing better.
    keras! {
        prod_1 => [3], [0.75, -0.9375, -1.0];
        var_1_back => [2], [1.763888955, 0.680555999];
        std_1_2_keepdims_true => [1, 1], [1.108678];
        logsumexp_1 => [3], [1.813262, 0.876928, 2.07889];
        norm_1_back => [2], [2.410912991, 1.75];
        amax_1 => [3], [1.5, 0.75, 2.0];
        amin_1 => [3], [0.5, -1.25, -0.5];
        power_3_0 => [2, 3], [0.125, -1.953125, 8.0, 3.375, 0.421875, -0.125];
        power_p_0_3 => [2, 3], [0.617034, 0.812252, 0.935248, 0.857917, 0.696845, 0.617034];
        log2_p => [2, 3], [-2.321928, -1.0, -0.321928, -0.736966, -1.736966, -2.321928];
        log10_p => [2, 3], [-0.69897, -0.30103, -0.09691, -0.221849, -0.522879, -0.69897];
        exp2_x => [2, 3], [1.414214, 0.420448, 4.0, 2.828427, 1.681793, 0.707107];
        arcsin_p => [2, 3], [0.201358005, 0.523599029, 0.927295029, 0.643500984, 0.304693013, 0.201358005];
        arccos_p => [2, 3], [1.369438052, 1.047198057, 0.643500984, 0.927295029, 1.266103983, 1.369438052];
        arctan_x => [2, 3], [0.463647991, -0.896054983, 1.107149005, 0.982793987, 0.643500984, -0.463647991];
        arcsinh_x => [2, 3], [0.48121199, -1.047592998, 1.443635941, 1.194762945, 0.693147004, -0.48121199];
        arccosh_p_1_5 => [2, 3], [1.123231053, 1.316957951, 1.475044966, 1.372859001, 1.192911029, 1.123231053];
        arctanh_p => [2, 3], [0.202732995, 0.549305975, 1.098611951, 0.693147004, 0.309520006, 0.202732995];
        floor_x => [2, 3], [0.0, -2.0, 2.0, 1.0, 0.0, -1.0];
        ceil_x => [2, 3], [1.0, -1.0, 2.0, 2.0, 1.0, 0.0];
        round_x => [2, 3], [0.0, -1.0, 2.0, 2.0, 1.0, 0.0];
        trunc_x => [2, 3], [0.0, -1.0, 2.0, 1.0, 0.0, 0.0];
        flip_1 => [2, 3], [1.5, 0.75, -0.5, 0.5, -1.25, 2.0];
        flip_1_2 => [2, 3], [-0.5, 0.75, 1.5, 2.0, -1.25, 0.5];
        roll_1_2 => [2, 3], [2.0, 0.5, -1.25, -0.5, 1.5, 0.75];
        roll_1_1_back => [2, 3], [1.5, 0.75, -0.5, 0.5, -1.25, 2.0];
        swapaxes_1_1 => [3, 2], [0.5, 1.5, -1.25, 0.75, 2.0, -0.5];
        repeat_2_2 => [2, 6], [0.5, 0.5, -1.25, -1.25, 2.0, 2.0, 1.5, 1.5, 0.75, 0.75, -0.5, -0.5];
        tile_2_1 => [4, 3], [0.5, -1.25, 2.0, 1.5, 0.75, -0.5, 0.5, -1.25, 2.0, 1.5, 0.75, -0.5];
        tile_2 => [2, 6], [0.5, -1.25, 2.0, 0.5, -1.25, 2.0, 1.5, 0.75, -0.5, 1.5, 0.75, -0.5];
        cumsum_1 => [2, 3], [0.5, -1.25, 2.0, 2.0, -0.5, 1.5];
        cumsum_1_back => [2, 3], [0.5, -0.75, 1.25, 1.5, 2.25, 1.75];
        pad_constant => [3, 4], [9.0, 9.0, 9.0, 9.0, 0.5, -1.25, 2.0, 9.0, 1.5, 0.75, -0.5, 9.0];
        pad_reflect => [2, 6], [2.0, -1.25, 0.5, -1.25, 2.0, -1.25, -0.5, 0.75, 1.5, 0.75, -0.5, 0.75];
        pad_symmetric => [2, 6], [-1.25, 0.5, 0.5, -1.25, 2.0, 2.0, 0.75, 1.5, 1.5, 0.75, -0.5, -0.5];
        pad_edge => [2, 6], [0.5, 0.5, 0.5, -1.25, 2.0, 2.0, 1.5, 1.5, 1.5, 0.75, -0.5, -0.5];
        pad_wrap => [2, 6], [-1.25, 2.0, 0.5, -1.25, 2.0, 0.5, 0.75, -0.5, 1.5, 0.75, -0.5, 1.5];
        normalize_1_back => [2, 3], [0.20739, -0.518476, 0.829561, 0.857143, 0.428571, -0.285714];
        maximum_0_6 => [2, 3], [0.6, 0.6, 2.0, 1.5, 0.75, 0.6];
        minimum_0_6_x => [2, 3], [0.5, -1.25, 0.6, 0.6, 0.6, -0.5];
        divide_1_0_x => [2, 3], [2.0, -0.8, 0.5, 0.666667, 1.333333, -2.0];
        subtract_1_0_x => [2, 3], [0.5, 2.25, -1.0, -0.5, 0.25, 1.5];
        multiply_2_0 => [2, 3], [1.0, -2.5, 4.0, 3.0, 1.5, -1.0];
        add_3_x => [2, 3], [3.5, 1.75, 5.0, 4.5, 3.75, 2.5];
    }
}
const TWO: usize = 2;

model!(
    /// With lengths that only the data and only the compiler know.
    pub fn Dynamic(
        x: Input<time, 3>,
    ) -> Outputs<long = Output<_, 3>, wide = Output<_, 6>, padded = Output<_, 3>, limited = Output<time, 3>> {
        let long = tile(repeat(x, 2, axis = 1), (3, 1));
        let wide = repeat(flip(roll(x, 1, axis = 1), axis = 1), TWO, axis = 2);
        let padded = pad(x, ((0, 0), (TWO, 0), (0, 0)), mode = reflect);
        let limited = minimum(maximum(cumsum(x, axis = 1), TWO), 5.0);
        Outputs { long, wide, padded, limited }
    }
);

#[test]
fn functions_take_axes_of_unknown_length() {
    let x = Array3::from_shape_fn((2, 3, 3), |(i, j, k)| (9 * i + 3 * j + k) as f32);
    let out = Dynamic::new(1).predict(DynamicInputs { x: &x }).unwrap();
    assert_eq!(out.long.shape(), [2, 18, 3]);
    assert!((0..18).all(|j| out.long[[1, j, 2]] == x[[1, j % 6 / 2, 2]]));
    // Rolled on by one and turned around, step j is step (1 - j) mod 3.
    assert!((0..3).all(|j| (0..6).all(|k| out.wide[[1, j, k]] == x[[1, (4 - j) % 3, k / 2]])));
    assert!([2, 1, 0, 1, 2].iter().enumerate().all(|(j, from)| out.padded[[0, j, 1]] == x[[0, *from, 1]]));
    assert_eq!(out.limited.iter().filter(|value| (2.0..=5.0).contains(*value)).count(), 18);
    assert_eq!(out.limited[[0, 1, 0]], 3.0);

    let short = Array3::<f32>::zeros((1, 2, 3));
    let error = Dynamic::new(1).predict(DynamicInputs { x: &short }).unwrap_err().to_string();
    assert!(error.contains("pad with mode = reflect takes at most 1 places"), "{error}");
}

#[test]
fn the_book_names_all_functions() {
    let book = include_str!("../../book/src/language.md");
    let activations = <formwork_shape::Activation as formwork_shape::Argument>::WORDS;
    for (name, _) in formwork_shape::FUNCTIONS {
        assert!(activations.contains(name) || book.contains(&format!("`{name}`")), "{name}");
    }
}

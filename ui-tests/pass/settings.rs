//! Settings in all the ways in which they may be written.

use formwork::prelude::*;

const RATE: f32 = 0.5;
const LIMIT: f32 = 1.0;
const SHAPE: [usize; 2] = [2, 4];
const TURNED: [isize; 2] = [4, -1];
const ROWS: (isize, isize) = (-1, 2);
const LARGE: i32 = 8;
const WIDTH: usize = 8;

model!(
    fn Constants(x: Input<8>) -> Output<1> {
        let h = Dropout(RATE)(clip(x, f32::NEG_INFINITY, LIMIT)) / sqrt(64.0);
        let h = GaussianNoise(1.0 - RATE)(h);
        let h = Reshape(ROWS)(Reshape(TURNED)(Reshape(SHAPE)(h)));
        let h = select(h > 0.0, h, f32::MIN);
        let h = LayerNormalization(epsilon = LIMIT)(Flatten()(h)) * (64 / WIDTH) / LARGE;
        Dense(1)(ReLU(max_value = LARGE, threshold = LIMIT)(h))
    }
);

model!(
    fn Calls(x: Input<5, 8>) -> Output<1> {
        let h = GRU(4, recurrent_initializer = identity, bias_initializer = zeros())(inputs = x);
        let h = Dense(4, kernel_initializer = he_normal(seed = 1), kernel_constraint = MaxNorm(2, axis = -1))(h);
        Dense(1, kernel_constraint = MinMaxNorm(1, 1), bias_constraint = UnitNorm(axis = 0))(h * exp(0) + abs(-1))
    }
);

fn main() -> Result<()> {
    let x = ndarray::array![[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]];
    assert_eq!(Constants::new(1).predict(ConstantsInputs { x: &x })?.output.dim(), (1, 1));
    let x = ndarray::Array3::ones((2, 5, 8));
    assert_eq!(Calls::new(1).predict(CallsInputs { x: &x })?.output.dim(), (2, 1));
    Ok(())
}

use formwork::prelude::*;

model!(
    fn Model(noise: Input<100>) -> Output<28, 28, 1> {
        let h = Dense(7 * 7 * 128, use_bias = false)(noise);
        let h = Reshape((7, 7, 256))(LeakyReLU()(BatchNormalization()(h)));
        Conv2DTranspose(1, 5, strides = 4, padding = same, activation = tanh)(h)
    }
);

fn main() {}

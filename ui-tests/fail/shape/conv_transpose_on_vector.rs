use formwork::prelude::*;

model!(
    fn Model(noise: Input<100>) -> Output<28, 28, 1> {
        let h = Dense(7 * 7 * 64, activation = relu)(noise);
        let h = Conv2DTranspose(32, 3, strides = 2, padding = same)(h);
        Conv2DTranspose(1, 3, strides = 2, padding = same, activation = sigmoid)(h)
    }
);

fn main() {}

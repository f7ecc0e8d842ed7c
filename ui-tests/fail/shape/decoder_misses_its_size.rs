use formwork::prelude::*;

model!(
    fn Model(z: Input<32>) -> Output<28, 28, 1> {
        let h = Reshape((8, 8, 16))(Dense(8 * 8 * 16)(z));
        let h = Conv2DTranspose(16, 3, strides = 2, padding = same)(h);
        Conv2DTranspose(1, 3, strides = 2, padding = same, activation = sigmoid)(h)
    }
);

fn main() {}

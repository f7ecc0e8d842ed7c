use formwork::prelude::*;

model!(
    fn Model(x: Input<32, 32, 64>) -> Output<32, 32, 64> {
        let s = Dense(16, activation = relu)(GlobalAveragePooling2D()(x));
        let s = Dense(32, activation = sigmoid)(s);
        x * Reshape((1, 1, 32))(s)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(16, activation = "relu")(x);
        let g = Dense(16, kernel_initializer = "he_normal", name = "second")(h);
        Dense(1)("g")
    }
);

fn main() {}

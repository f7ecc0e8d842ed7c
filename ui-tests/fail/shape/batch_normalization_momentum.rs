use formwork::prelude::*;

model!(
    fn Model(x: Input<32>) -> Output<1> {
        let h = BatchNormalization(momentum = 99)(x);
        Dense(1)(h)
    }
);

fn main() {}

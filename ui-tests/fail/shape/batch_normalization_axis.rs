use formwork::prelude::*;

model!(
    fn Model(x: Input<32>) -> Output<1> {
        let h = BatchNormalization(axis = 3)(x);
        Dense(1)(h)
    }
);

fn main() {}

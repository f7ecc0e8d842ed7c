use formwork::prelude::*;

model!(
    fn Model(x: Input<_>) -> Output<10> {
        let h = Dense(64, activation = relu)(x);
        Dense(10)(h)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<2> {
        Dense(2, activation = Dense(2))(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<3> {
        Dense(3, kernel_regularizer = l3)(x)
    }
);

fn main() {}

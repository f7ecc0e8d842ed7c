use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<2> {
        Dense(2, activation = leaky_relu(slope = 0.1))(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<3> {
        Dense(3, gamma_regularizer = L2(0.01))(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<3>) -> Output<3> {
        Dense(3)(x > 0.0)
    }
);

fn main() {}

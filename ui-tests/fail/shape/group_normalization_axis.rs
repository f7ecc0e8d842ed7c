use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 6, _>) -> Output<4, 6, _> {
        GroupNormalization(2)(x)
    }
);

fn main() {}

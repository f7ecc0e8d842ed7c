use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<4> {
        Dropout(0.5, seed = 3)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<3>) -> Output<3> {
        Normalization(mean = 0.5)(x)
    }
);

fn main() {}

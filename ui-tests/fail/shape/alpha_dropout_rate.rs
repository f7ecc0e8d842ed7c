use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<4> {
        AlphaDropout(1.0)(x)
    }
);

fn main() {}

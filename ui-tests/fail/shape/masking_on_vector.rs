use formwork::prelude::*;

model!(
    fn Model(x: Input<20>) -> Output<20> {
        Masking(0.0)(x)
    }
);

fn main() {}

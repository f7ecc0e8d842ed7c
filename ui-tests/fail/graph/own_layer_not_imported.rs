use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        Scaling::<8>(gain = 2.0)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        x
    }
);

fn main() {}

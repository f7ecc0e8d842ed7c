use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<8>, c: Input<8>) -> Output<8> {
        Subtract()(a, b, c)
    }
);

fn main() {}

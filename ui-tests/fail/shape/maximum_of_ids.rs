use formwork::prelude::*;

model!(
    fn Model(a: Input<8, u32>, b: Input<8, u32>) -> Output<8> {
        Maximum()(a, b)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(patches: Input<16, 32>, token: Input<32>) -> Output<17, 32> {
        Concatenate(axis = 1)(token, patches)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<20, 16>, y: Input<16, 20>) -> Output<20, 16> {
        x + y
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {}
);

fn main() {}

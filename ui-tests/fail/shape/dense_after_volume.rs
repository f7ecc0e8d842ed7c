use formwork::prelude::*;

model!(
    fn Model(scan: Input<8, 16, 16, 1>) -> Output<2> {
        Dense(2)(scan)
    }
);

fn main() {}

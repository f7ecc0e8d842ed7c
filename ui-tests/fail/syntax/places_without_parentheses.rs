use formwork::prelude::*;

model!(
    fn Model(x: Input<20, 8>) -> Output<2> {
        let last = x[-1, ..];
        Dense(2)(last)
    }
);

fn main() {}

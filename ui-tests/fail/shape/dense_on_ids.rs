use formwork::prelude::*;

model!(
    fn Model(ids: Input<10, u32>) -> Output<1> {
        Dense(1)(ids)
    }
);

fn main() {}

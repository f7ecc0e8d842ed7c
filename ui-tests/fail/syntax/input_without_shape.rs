use formwork::prelude::*;

model!(
    fn Model(x) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

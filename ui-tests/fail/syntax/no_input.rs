use formwork::prelude::*;

model!(
    fn Model() -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(a: Input<8>) -> Output<1> {
        let both = Concatenate()(a);
        Dense(1)(both)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Frobnicate(16)(x);
        Dense(1)(h)
    }
);

fn main() {}

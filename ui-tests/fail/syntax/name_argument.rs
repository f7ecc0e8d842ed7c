use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(16, name = 3)(x);
        Dense(1)(h)
    }
);

fn main() {}

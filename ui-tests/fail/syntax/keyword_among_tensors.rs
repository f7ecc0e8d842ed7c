use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(16)(x, axis = 1);
        Dense(1)(h)
    }
);

fn main() {}

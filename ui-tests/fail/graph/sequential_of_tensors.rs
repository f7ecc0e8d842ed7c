use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let h = Dense(8)(x);
        Sequential([h, Dense(8)])(x)
    }
);

fn main() {}

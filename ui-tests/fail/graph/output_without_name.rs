use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let class = Dense(10)(x);
        (class, Dense(1)(x))
    }
);

fn main() {}

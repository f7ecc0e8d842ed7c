use formwork::prelude::*;

const RATE: f64 = 0.5;
const WIDTH: i32 = 16;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(RATE)(x);
        let b = Dense(WIDTH)(a);
        Dense(1)(b)
    }
);

fn main() {}

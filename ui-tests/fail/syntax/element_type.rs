use formwork::prelude::*;

model!(
    fn Float(x: Input<8, f32>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn First(x: Input<u32, 8>) -> Output<1> {
        Dense(1)(Flatten()(Embedding(10, 4)(x)))
    }
);

fn main() {}

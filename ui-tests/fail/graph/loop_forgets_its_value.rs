use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let mut h = x;
        for width in [8, 8] {
            let y = Dense(width)(h);
        }
        Dense(1)(h)
    }
);

fn main() {}

use formwork::prelude::*;

const DEPTH: usize = 3;
const WIDTHS: [usize; 3] = [32, 64, 128];

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let mut h = x;
        for _ in 0..DEPTH {
            h = Dense(8)(h);
        }
        for width in WIDTHS {
            h = Dense(width)(h);
        }
        if DEPTH > 2 {
            h = Dense(4)(h);
        }
        Dense(1)(h)
    }
);

fn main() {}

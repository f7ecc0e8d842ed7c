use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let mut h = x;
        for k in 3 {
            h = Dense(k)(h);
        }
        for k in 0..x {
            h = Dense(k)(h);
        }
        for width in [16, 8, 0] {
            h = Dense(width)(h);
        }
        for (a, b) in [1, 2] {
            h = Dense(a)(h);
        }
        Dense(1)(h)
    }
);

fn main() {}

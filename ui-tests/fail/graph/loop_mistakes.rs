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
        let mut g = x;
        for width in [16, 8, 0] {
            g = Dense(width)(g);
        }
        for (a, b) in [1, 2] {
            h = Dense(a)(h);
        }
        Dense(1)(Add()(g, h))
    }
);

fn main() {}

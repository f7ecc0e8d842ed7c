use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        const WIDTH: usize = 4 / 0;
        const HALF: usize = 1 - 2;
        let n = 9223372036854775807 + 1;
        let h = Dense(HALF)(x);
        let g = Dense(4 * 0.5)(x);
        Dense(1)(Concatenate()(g, h))
    }
);

fn main() {}

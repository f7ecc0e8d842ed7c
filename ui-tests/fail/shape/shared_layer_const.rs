use formwork::prelude::*;

const WIDTH: usize = 9;

model!(
    fn Model(a: Input<8>, b: Input<WIDTH>) -> Output<1> {
        let encode = Dense(16);
        let x = encode(a);
        let y = encode(b);
        Dense(1)(Add()(x, y))
    }
);

fn main() {}

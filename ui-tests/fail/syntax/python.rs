use formwork::prelude::*;

model!(
    fn Keywords(x: Input<8>) -> Output<1> {
        h = Dense(16, activation = None)(x);
        y = Dense(16, use_bias = False)(h);
        Dense(1)(y)
    }
);

model!(
    fn Lists(a: Input<8>, b: Input<8>) -> Output<1> {
        let both = Concatenate([a, b]);
        Dense(1)(both)
    }
);

fn main() {}

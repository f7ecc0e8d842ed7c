use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let width = x.shape[1];
        let rows = x.shape()[0];
        let turned = x.T;
        let units = Dense(4).units;
        let pair = (Dense(3)(x), Dense(4)(x));
        let third = pair.2;
        Dense(1)(pair.0)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let layers = [Dense(8), Dense(8)];
        let mut h = x;
        for layer in layers {
            h = layer(h);
        }
        let third = layers[2](h);
        layers(third)
    }
);

fn main() {}

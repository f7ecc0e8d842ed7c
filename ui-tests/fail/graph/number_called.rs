use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(8)(x);
        let y = (5)(h);
        let sizes = [8, 16];
        let z = sizes[0](h);
        Dense(1)(h)
    }
);

fn main() {}

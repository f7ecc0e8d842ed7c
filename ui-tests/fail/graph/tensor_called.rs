use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(8)(x);
        let y = h(x);
        Dense(1)(y)
    }
);

fn main() {}

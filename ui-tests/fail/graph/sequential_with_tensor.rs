use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(8)(x);
        Sequential([Dense(4), h, 5])(x)
    }
);

fn main() {}

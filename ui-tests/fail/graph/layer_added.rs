use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let h = Dense(8);
        h + x
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        {
            let hidden = Dense(8)(x);
        }
        Dense(1)(hidden)
    }
);

fn main() {}

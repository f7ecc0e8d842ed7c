use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Flatten(x);
        let b = Sequential([Dense(4), Flatten])(x);
        Dense(1)(Flatten)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(x);
        let b = Dense(16, x);
        let c = Flatten(x);
        Dense(1, activation = relu, x)(x)
    }
);

fn main() {}

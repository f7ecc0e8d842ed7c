use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(16, units = 32)(x);
        let b = Dense(16, activation = relu, activation = tanh)(a);
        Dense(1)(b)
    }
);

fn main() {}

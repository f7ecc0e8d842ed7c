use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 3>) -> Output<2> {
        LSTM(2, activation = LeakyReLU(0.1))(x)
    }
);

fn main() {}

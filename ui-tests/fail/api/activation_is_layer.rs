use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<2> {
        let h = Dense(8, activation = LeakyReLU)(x);
        Dense(2, activation = Softmax)(h)
    }
);

fn main() {}

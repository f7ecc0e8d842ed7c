use formwork::prelude::*;

model!(
    fn Model(x: Input<10>) -> Output<1> {
        let h = Dense(10, activation = relu)(x);
        let e = Embedding(100, 8)(h);
        Dense(1)(Flatten()(e))
    }
);

fn main() {}

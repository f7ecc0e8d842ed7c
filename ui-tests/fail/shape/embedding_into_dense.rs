use formwork::prelude::*;

model!(
    fn Model(text: Input<100>) -> Output<1> {
        let h = Embedding(1000, 64)(text);
        Dense(1, activation = sigmoid)(h)
    }
);

fn main() {}

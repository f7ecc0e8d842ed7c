use formwork::prelude::*;

model!(
    fn Model(text: Input<_>) -> Output<1> {
        let h = Embedding(1000, 64)(text);
        let h = Flatten()(h);
        Dense(1, activation = sigmoid)(h)
    }
);

fn main() {}

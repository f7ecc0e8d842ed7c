use formwork::prelude::*;

model!(
    fn Model(text: Input<6>) -> Output<1> {
        let h = Embedding(1000, 64)(text);
        let h = Conv1D(64, 5, activation = relu)(h);
        let h = MaxPooling1D(5)(h);
        Dense(1)(GlobalMaxPooling1D()(h))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(text: Input<100, u32>) -> Output<1> {
        let h = Conv1D(16, 5, activation = relu)(text);
        Dense(1)(GlobalMaxPooling1D()(h))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 32>) -> Output<10> {
        let h = LSTM(64, return_sequences = true)(words);
        let last = LSTM(64)(words);
        let context = AdditiveAttention()(last, h);
        Dense(10)(Flatten()(context))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<20>) -> Output<5> {
        let h = Embedding(1000, 32)(words);
        let h = Bidirectional(LSTM(16, return_sequences = true))(h);
        TimeDistributed(Dense(5, activation = softmax))(h)
    }
);

fn main() {}

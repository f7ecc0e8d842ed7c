use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 8>) -> Output<1> {
        let mut h = LSTM(8)(words);
        for word in words {
            h = Dense(8)(h);
        }
        Dense(1)(h)
    }
);

fn main() {}

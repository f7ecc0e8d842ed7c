use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Output<16> {
        let forward = Bidirectional(LSTM(16))(words);
        let plain = LSTM(16)(words);
        Add()(forward, plain)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Output<32> {
        let (h, state_h, state_c) = LSTM(32, return_state = true, return_sequences = true)(words);
        let sum = Add()(h, state_h);
        GlobalAveragePooling1D()(sum + state_c)
    }
);

fn main() {}

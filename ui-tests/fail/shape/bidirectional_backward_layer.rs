use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Outputs {
        let a = Bidirectional(LSTM(4), backward_layer = Dense(4))(words);
        let b = Bidirectional(LSTM(4), backward_layer = LSTM(4))(words);
        let c = Bidirectional(LSTM(4), backward_layer = GRU(4, go_backwards = true, return_sequences = true))(words);
        let d = Bidirectional(LSTM(4), merge_mode = sum, backward_layer = GRU(3, go_backwards = true))(words);
        Outputs { a, b, c, d }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>, x: Input<8>, film: Input<5, 9, 9, 3>) -> Outputs {
        let a = Bidirectional(Dense(8))(words);
        let b = Bidirectional(LSTM(8))(x);
        let c = Bidirectional(LSTM(8, go_backwards = true))(words);
        let d = Bidirectional(LSTM(8), merge_mode = add)(words);
        let e = Bidirectional(LSTM)(words);
        let f = Bidirectional(8)(words);
        let g = Bidirectional(LSTM(8, return_state = true))(words);
        let h = Bidirectional(LSTM(8), merge_mode = None)(words);
        let i = Bidirectional(ConvLSTM2D(4, 3))(film);
        Outputs { a, b, c, d, e, f, g, h, i }
    }
);

fn main() {}

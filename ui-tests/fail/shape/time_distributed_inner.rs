use formwork::prelude::*;

model!(
    fn Model(frames: Input<10, 32, 32, 3>, words: Input<20, 8>) -> Outputs {
        let a = TimeDistributed(Dense(8))(frames);
        let b = TimeDistributed(Conv2D(8, 3))(words);
        let c = TimeDistributed(LSTM(8, return_state = true))(frames);
        let d = TimeDistributed(Dense(0))(words);
        let e = TimeDistributed(Conv2D(8, 40))(frames);
        Outputs { a, b, c, d, e }
    }
);

fn main() {}

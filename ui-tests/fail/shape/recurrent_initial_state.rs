use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>, state: Input<12>) -> Outputs {
        let a = LSTM(16)(words, initial_state = state);
        let b = GRU(16)(words, initial_state = state);
        let c = GRU(12)(words, initial_state = (state, state));
        let d = LSTM(12)(words, initial_states = (state, state));
        Outputs { a, b, c, d }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(source: Input<_, 71>, target: Input<_, 93>) -> Output<_, 93> {
        let (_, h, c) = LSTM(256, return_state = true)(source);
        let y = LSTM(128, return_sequences = true)(target, initial_state = (h, c));
        TimeDistributed(Dense(93, activation = softmax))(y)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(frames: Input<10, 32, 32, 3>) -> Output<4> {
        let h = TimeDistributed(Conv2D(8, 3, activation = relu))(frames);
        let h = TimeDistributed(MaxPooling2D(2))(h);
        Dense(4)(LSTM(16)(h))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(image: Input<784>) -> Output<10> {
        let hidden = Dense(128, activation = relu)(imgae);
        let more = Dense(64)(hiden);
        Dense(10)(somewhere)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(left: Input<784>, right: Input<28, 28>) -> Output<1> {
        let encoder = Sequential([Dense(64, activation = relu), Dense(16)]);
        let a = encoder(left);
        let b = encoder(right);
        Dense(1)(abs(a - b))
    }
);

fn main() {}

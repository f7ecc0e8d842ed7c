use formwork::prelude::*;

model!(
    fn Model(left: Input<784>, right: Input<785>) -> Output<1> {
        let encoder = Dense(64, activation = relu);
        let a = encoder(left);
        let b = encoder(right);
        Dense(1)(abs(a - b))
    }
);

fn main() {}

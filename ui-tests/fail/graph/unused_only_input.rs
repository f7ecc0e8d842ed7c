use formwork::prelude::*;

model!(
    fn Model(image: Input<784>) -> Output<1> {
        let layer = Dense(1);
        layer
    }
);

fn main() {}

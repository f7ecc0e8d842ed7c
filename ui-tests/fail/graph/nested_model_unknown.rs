use formwork::prelude::*;

model!(
    fn Model(photo: Input<784>) -> Output<8> {
        Dense(8)(Decoder()(photo))
    }
);

fn main() {}

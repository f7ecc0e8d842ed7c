use formwork::prelude::*;

model!(
    fn Model(photo: Input<784>) -> Output<784> {
        Model()(photo)
    }
);

fn main() {}

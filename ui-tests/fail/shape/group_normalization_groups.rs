use formwork::prelude::*;

model!(
    fn Model(photo: Input<8, 8, 48>) -> Output<8, 8, 48> {
        GroupNormalization()(photo)
    }
);

fn main() {}

use formwork::prelude::*;

const CLASSES: usize = 10;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<CLASSES> {
        let row = Flatten()(image);
        Dense(CLASSES + 2)(row)
    }
);

fn main() {}

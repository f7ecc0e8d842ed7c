use formwork::prelude::*;

model!(
    fn Model(image: Input<(28, 28, 1)>) -> Output<1> {
        Dense(1)(Flatten()(image))
    }
);

fn main() {}

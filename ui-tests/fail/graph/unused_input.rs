use formwork::prelude::*;

model!(
    fn Model(image: Input<784>, facts: Input<10>) -> Output<1> {
        Dense(1)(image)
    }
);

fn main() {}

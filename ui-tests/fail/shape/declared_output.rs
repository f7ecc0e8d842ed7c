use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<10> {
        let row = Flatten()(image);
        Dense(12)(row)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<10> {
        let row: Shape<748> = Flatten()(image);
        let h: Shape<1, 128> = Dense(128)(row);
        Dense(10)(h)
    }
);

fn main() {}

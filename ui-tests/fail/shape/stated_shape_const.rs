use formwork::prelude::*;

const SIDE: usize = 28;

model!(
    fn Model(image: Input<SIDE, SIDE, 1>) -> Output<10> {
        let row: Shape<748> = Flatten()(image);
        let h: Shape<{ SIDE * 2 }> = Dense(128)(row);
        Dense(10)(h)
    }
);

fn main() {}

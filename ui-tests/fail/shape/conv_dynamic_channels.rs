use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, _>) -> Output<26, 26, 8> {
        Conv2D(8, 3)(image)
    }
);

fn main() {}

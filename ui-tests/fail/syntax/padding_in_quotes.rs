use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<28, 28, 8> {
        Conv2D(8, 3, padding = "same")(image)
    }
);

fn main() {}

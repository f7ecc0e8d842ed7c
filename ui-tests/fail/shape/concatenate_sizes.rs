use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<1> {
        let large = Cropping2D(2)(image);
        let small = Cropping2D(3)(large);
        let both = Concatenate()(large, small);
        Dense(1)(Flatten()(both))
    }
);

fn main() {}

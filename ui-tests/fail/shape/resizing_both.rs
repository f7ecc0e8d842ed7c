use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 10, 3>) -> Output<5, 3, 3> {
        Resizing(5, 3, crop_to_aspect_ratio = true, pad_to_aspect_ratio = true)(x)
    }
);

fn main() {}

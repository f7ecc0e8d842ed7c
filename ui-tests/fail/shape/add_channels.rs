use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 32, 3>, mask: Input<32, 32, 2>) -> Output<32, 32, 3> {
        Add()(image, mask)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 32, 3>) -> Output<32, 32, 3> {
        let large = ZeroPadding2D(1)(image);
        Add()(image, large)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<28, 28, 1> {
        UpSampling2D((0, 1))(image)
    }
);

fn main() {}

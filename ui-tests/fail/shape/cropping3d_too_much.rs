use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 4, 4, 1>) -> Output<1, 1, 1, 1> {
        Cropping3D(2)(x)
    }
);

fn main() {}

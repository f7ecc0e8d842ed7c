use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 4, 4, 1>) -> Output<4, 4, 4, 1> {
        UpSampling3D((1, 0, 1))(x)
    }
);

fn main() {}

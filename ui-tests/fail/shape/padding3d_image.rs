use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 4, 1>) -> Output<6, 6, 1> {
        ZeroPadding3D()(x)
    }
);

fn main() {}

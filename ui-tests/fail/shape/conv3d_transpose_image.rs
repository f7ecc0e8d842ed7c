use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 4, 1>) -> Output<6, 6, 2> {
        Conv3DTranspose(2, 3)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 4, 1>) -> Output<6, 6, 2> {
        DepthwiseConv1D(3)(x)
    }
);

fn main() {}

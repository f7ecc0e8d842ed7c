use formwork::prelude::*;

const WIDE: usize = 4_000_000_000;

model!(
    fn Weights(x: Input<4000000000>) -> Output<4000000000> {
        Dense(4000000000)(x)
    }
);

model!(
    fn Const(x: Input<WIDE>) -> Output<WIDE> {
        Dense(WIDE)(x)
    }
);

model!(
    fn Tensor(image: Input<60000, 60000, 8>) -> Output<120000, 120000, 32> {
        UpSampling2D(2)(ZeroPadding2D(100)(Concatenate()(image, image, image, image)))
    }
);

fn main() {}

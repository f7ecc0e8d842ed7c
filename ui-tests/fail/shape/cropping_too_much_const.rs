use formwork::prelude::*;

const SIDE: usize = 28;

model!(
    fn Model(image: Input<SIDE, SIDE, 1>) -> Output<1> {
        let a = Cropping2D(1)(image);
        let b = Cropping2D(6)(a);
        let c = Cropping2D(8)(b);
        Dense(1)(Flatten()(c))
    }
);

fn main() {}

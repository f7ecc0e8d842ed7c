use formwork::prelude::*;

model!(
    fn Model(x: Input<32>) -> Output<1> {
        let h = SpatialDropout2D(0.5)(x);
        Dense(1)(h)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<32>) -> Output<1> {
        let h = Dropout(1.0)(x);
        let g = GaussianDropout(-0.5)(h);
        Dense(1)(g)
    }
);

fn main() {}

use formwork::prelude::*;

/// Not a layer.
pub struct Plain;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = self::Plain()(x);
        Dense(1)(h)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(8)(x);
        let y = if h > 0.5 { Dense(4)(h) } else { h };
        Dense(1)(y)
    }
);

fn main() {}

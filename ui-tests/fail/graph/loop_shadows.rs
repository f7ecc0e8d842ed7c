use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(8)(x);
        for _ in 0..2 {
            let h = Dense(8)(h);
        }
        Dense(1)(h)
    }
);

fn main() {}

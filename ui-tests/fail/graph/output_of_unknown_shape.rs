use formwork::prelude::*;

const CLASSES: usize = 10;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let class = Dense(CLASSES)(x);
        let score = Dense(1)(x);
        Outputs { class, score }
    }
);

fn main() {}

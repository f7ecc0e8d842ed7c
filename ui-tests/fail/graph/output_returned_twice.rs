use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let class = Dense(10)(x);
        Outputs { first: class, second: class }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(16)(x)
        let b = Dense(0)(a);
        let c = Dropout(2.0)(a);
        Dense(1)(c)
    }
);

fn main() {}

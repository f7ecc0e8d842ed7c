use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(16 activation = relu)(x);
        let b = Dense(0)(x);
        let c = Dropout(2.0)(x);
        Dense(1)(c)
    }
);

fn main() {}

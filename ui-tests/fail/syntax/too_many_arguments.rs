use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dropout(0.5, (None, 8), 42, 3)(x);
        let b = Flatten(channels_last, 2)(a);
        let c = Add(1)(a, b);
        Dense(1)(c)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let a = Dense(8, name = hidden)(x);
        let b = Dense(8, name = hidden)(a);
        let c = Dense(8, name = "last")(b);
        Dense(8, name = 3)(c)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense()(x);
        let b = Embedding(1000)(a);
        let c = Dropout()(b);
        let d = Reshape()(c);
        Dense(1)(d)
    }
);

fn main() {}

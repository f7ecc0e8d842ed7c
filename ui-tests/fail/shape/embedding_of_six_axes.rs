use formwork::prelude::*;

model!(
    fn Model(ids: Input<2, 2, 2, 2, 2, 2>) -> Output<1> {
        let words = Embedding(10, 4)(ids);
        Dense(1)(Flatten()(words))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(query: Input<4, 8>, value: Input<10, 6>, key: Input<9, 8>) -> Output<4, 6> {
        Attention()(query, value, key)
    }
);

fn main() {}

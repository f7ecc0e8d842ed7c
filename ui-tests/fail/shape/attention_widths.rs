use formwork::prelude::*;

model!(
    fn Model(query: Input<4, 8>, value: Input<10, 6>) -> Output<4, 6> {
        Attention()(query, value)
    }
);

fn main() {}

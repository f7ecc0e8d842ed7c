use formwork::prelude::*;

model!(
    fn Model(query: Input<4, 64>, value: Input<10, 32>) -> Output<4, 32> {
        AdditiveAttention()(query, value)
    }
);

fn main() {}

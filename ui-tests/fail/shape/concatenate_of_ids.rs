use formwork::prelude::*;

model!(
    fn Model(ids: Input<4, u32>, facts: Input<4>) -> Output<8> {
        Concatenate()(ids, facts)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(q: Input<4, 3>, m: Input<4, bool>) -> Output<4, 3> {
        Attention()(q, q, mask = m)
    }
);

fn main() {}

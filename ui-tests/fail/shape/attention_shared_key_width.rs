use formwork::prelude::*;

model!(
    fn Model(q: Input<4, 3>, v: Input<5, 3>, k: Input<5, 2>) -> Output<4, 3> {
        let attend = MultiHeadAttention(2, 3);
        attend(q, v) + attend(q, v, k)
    }
);

fn main() {}

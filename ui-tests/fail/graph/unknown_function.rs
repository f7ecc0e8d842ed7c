use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = rleu(x);
        let g = matmul(x, h);
        Dense(1)(g)
    }
);

fn main() {}

use formwork::prelude::*;

const TIMES: usize = 0;

model!(
    fn Model(x: Input<32>) -> Outputs<a = Output<4, 32>, b = Output<4, 32>> {
        let a = RepeatVector(0)(x);
        let b = RepeatVector(TIMES)(x);
        Outputs { a, b }
    }
);

fn main() {}

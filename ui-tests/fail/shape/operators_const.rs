use formwork::prelude::*;

const WIDTH: usize = 8;

model!(
    fn Model(q: Input<WIDTH>, v: Input<10, 16>) -> Outputs<sum = Output<10, 16>, quotient = Output<10, 16>> {
        let sum = q + v;
        let quotient = v / q;
        Outputs { sum, quotient }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(q: Input<8>, v: Input<10, 16>, w: Input<10, 1, 16>, ids: Input<8, u32>) -> Outputs {
        let sum = q + v;
        let difference = q - w;
        let product = q * ids;
        let quotient = v / q;
        let zero = q / 0;
        let rest = q % v;
        Outputs { sum, difference, product, quotient, zero, rest }
    }
);

fn main() {}

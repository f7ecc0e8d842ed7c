use formwork::prelude::*;

model!(
    fn Model(h: Input<20, 64>, last: Input<64>, score: Input<20>) -> Outputs {
        let good = h + last;
        let weighted = score * h;
        Outputs { good, weighted }
    }
);

fn main() {}

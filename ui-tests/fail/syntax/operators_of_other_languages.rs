use formwork::prelude::*;

model!(
    fn Model(x: Input<8>, y: Input<8>) -> Output<1> {
        let a = x >> Dense(8);
        let b = x ^ y;
        let c = x && y;
        let d = (x += y);
        let e = x | y;
        x -> Dense(8) -> Dense(1)
    }
);

fn main() {}

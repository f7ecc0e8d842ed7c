use formwork::prelude::*;

model!(
    fn Enc(a: Input<6>) -> Output<4> {
        Dense(4)(a)
    }
);

model!(
    fn Model(a: Input<7>) -> Output<1> {
        let h = Enc()(a);
        Dense(1)(h)
    }
);

fn main() {}

use formwork::prelude::*;

const NOTHING: usize = 0;

model!(
    fn Literal(x: Input<0>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Const(x: Input<NOTHING>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

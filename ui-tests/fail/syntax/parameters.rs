use formwork::prelude::*;

model!(
    fn Method(&self, x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Mutable(mut x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Half(x: Input<8.5>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Comma(x: Input<8>) -> Output<1>, Output<2> {
        Dense(1)(x)
    }
);

model!(
    fn Arrow(x: Input<8>) => Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Colon(x: Input<8>): Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Empty(x: Input<8>) -> Output<> {
        Dense(1)(x)
    }
);

model!(
    fn Swapped(Input<8> x) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn None(x: Input<None, 8>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Batch(x: Input<batch, 8>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn OfOutput(x: Input<8>) -> Output<None, 1> {
        Dense(1)(x)
    }
);

model!(
    fn OfStated(x: Input<8>) -> Output<1> {
        let h: Shape<batch, 4> = Dense(4)(x);
        Dense(1)(h)
    }
);

fn main() {}

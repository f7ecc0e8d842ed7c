use formwork::prelude::*;

const FAR: usize = 1 << 40;

model!(
    fn Literal(x: Input<5000000000>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Const(x: Input<FAR>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Units(x: Input<8>) -> Output<1> {
        let h = Dense(5000000000)(x);
        Dense(1)(h)
    }
);

fn main() {}

use formwork::prelude::*;

const FAR: usize = 1 << 40;

model!(
    fn Literal(x: Input<8>) -> Output<1> {
        let h = Dense(4000000000)(x);
        let both = Concatenate()(h, h);
        Dense(1)(both)
    }
);

model!(
    fn Const(x: Input<8>) -> Output<1> {
        let h = Dense(FAR)(x);
        Dense(1)(h)
    }
);

model!(
    fn Product(x: Input<4000000000, 4000000000, 4000000000, 4000000000>) -> Output<1> {
        Dense(1)(Flatten()(x))
    }
);

fn main() {}

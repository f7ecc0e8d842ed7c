use formwork::prelude::*;

model!(
    fn Near(x: Input<8>) -> Output<1> {
        let h = Dens(16)(x);
        Dense(1)(h)
    }
);

model!(
    fn Case(x: Input<8>) -> Output<1> {
        let h = dense(16)(x);
        Dense(1)(h)
    }
);

model!(
    fn Capitals(x: Input<8>) -> Output<1> {
        let h = ReLu()(x);
        Dense(1)(h)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Type<T>(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Const<const N: usize>(x: Input<N>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

use formwork::prelude::*;

const WIDTH: usize = 4;

model!(
    fn Computed(x: Input<WIDTH * 2>) -> Output<4> {
        Dense(4)(x)
    }
);

model!(
    fn Named(x: Input<Time, 8>) -> Output<4> {
        Dense(4)(LSTM(8)(x))
    }
);

model!(
    fn Unnamed(_: Input<8>, x: Input<8>) -> Output<4> {
        Dense(4)(x)
    }
);

fn main() {}

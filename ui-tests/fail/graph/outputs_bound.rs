use formwork::prelude::*;

model!(
    fn TwoNames(x: Input<10, 8>) -> Output<1> {
        let (h, c) = LSTM(16)(x);
        Dense(1)(Add()(h, c))
    }
);

model!(
    fn ThreeNames(x: Input<8>) -> Output<1> {
        let h = Dense(4)(x);
        let (a, b, c) = (h, x);
        Dense(1)(a)
    }
);

model!(
    fn OneName(x: Input<10, 8>) -> Output<1> {
        let (y, h) = LSTM(16, return_state = true)(x);
        Dense(1)(Add()(y, h))
    }
);

fn main() {}

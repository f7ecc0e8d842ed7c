use formwork::prelude::*;

model!(
    fn Literal(x: Input<99999999999999999999999>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Units(x: Input<4>) -> Output<1> {
        let h = Dense(99999999999999999999999)(x);
        let h = Dense(9223372036854775807 + 1)(h);
        let h = Dense(-(-9223372036854775807 - 1))(h);
        Dense(1)(h)
    }
);

model!(
    fn Endless(x: Input<4>) -> Output<4> {
        let mut h = x;
        for _ in 0..=9223372036854775807 {
            h = Dense(4)(h);
        }
        h
    }
);

model!(
    fn Negative(x: Input<-3>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

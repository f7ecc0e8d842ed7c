use formwork::prelude::*;

model!(
    fn Model(h: Input<10, 8>) -> Output<4> {
        let last = h[(-1.., ..)];
        Dense(4)(last)
    }
);

fn main() {}

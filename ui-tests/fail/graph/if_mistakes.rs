use formwork::prelude::*;

model!(
    fn Model(x: Input<8>, y: Input<8>) -> Output<1> {
        let a = if x == y { x } else { y };
        let b = if 1 { x } else { y };
        let c = if true {
            Dense(4)(x)
        };
        let d = x > 0.0;
        Dense(1)(Concatenate()(x, y))
    }
);

fn main() {}

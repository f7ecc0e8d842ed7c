use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        fn block(x: Tensor, units: usize) -> Tensor {
            Dense(units)(x)
        }
        let a = block(x);
        let b = block(x, 8, relu);
        Dense(1)(Add()(a, b))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        fn block(x: Tensor) -> Tensor {
            Dense(8)(x)
        }
        Dense(1)(block)
    }
);

fn main() {}

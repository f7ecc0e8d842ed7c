use formwork::prelude::*;

model!(
    fn Model(image: Input<8>) -> Output<1> {
        fn block(units: usize) -> Tensor {
            Dense(units)(image)
        }
        Dense(1)(block(4))
    }
);

fn main() {}

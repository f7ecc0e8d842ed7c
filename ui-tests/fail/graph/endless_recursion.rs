use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        fn deeper(x: Tensor) -> Tensor {
            deeper(Dense(8)(x))
        }
        deeper(x)
    }
);

fn main() {}

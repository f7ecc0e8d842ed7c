use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        fn deeper(x: Tensor, depth: usize) -> Tensor {
            deeper(Dense(8)(x), depth + 1)
        }
        deeper(x, 0)
    }
);

fn main() {}

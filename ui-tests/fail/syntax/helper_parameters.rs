use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        fn wide(x, width) -> Tensor {
            Dense(width)(x)
        }
        fn narrow(x: Tensor) -> Tensor {
            Dense(4)(x)
        }
        fn named(width: usize, x) {
            Dense(width)(x)
        }
        named(8, narrow(wide(x, 16)))
    }
);

fn main() {}

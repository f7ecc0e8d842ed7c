use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        fn block<T>(x: T) -> T {
            Dense(8)(x)
        }
        fn unit(x: Tensor) {
            Dense(8)(x);
        }
        let y = unit(x);
        block(y)
    }
);

fn main() {}

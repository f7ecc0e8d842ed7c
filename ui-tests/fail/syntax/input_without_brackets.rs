use formwork::prelude::*;

model!(
    fn Bare(x: Input) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Parentheses(x: Input(8)) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Array(x: [8]) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Tensors(x: Tensor<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {}

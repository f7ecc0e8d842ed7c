use formwork::prelude::*;

model!(
    fn Bare(x: Input<8>) -> Output {
        Dense(1)(x)
    }
);

model!(
    fn Tensors(x: Input<8>) -> Tensor<1> {
        Dense(1)(x)
    }
);

model!(
    fn Tuple(x: Input<8>) -> (Output<1>, Output<2>) {
        let a = Dense(1)(x);
        let b = Dense(2)(x);
        (a, b)
    }
);

model!(
    fn Unnamed(x: Input<8>) -> Outputs<Output<1>, Output<2>> {
        let a = Dense(1)(x);
        let b = Dense(2)(x);
        (a, b)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<32>) -> Output<1> {
        fn residual(x: Tensor, units: usize) -> Tensor {
            let h = Dense(units, activation = relu)(x);
            Add()(x, h)
        }
        let mut x = x;
        for units in [32, 32, 64] {
            x = residual(x, units);
        }
        Dense(1)(x)
    }
);

fn main() {}

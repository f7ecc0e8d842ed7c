use formwork::prelude::*;

model!(
    fn Residual(x: Input<16>) -> Output<1> {
        fn residual(x: Tensor, units: usize) -> Tensor {
            let h = twice(x, units);
            x + h
        }
        fn twice(x: Tensor, units: usize) -> Tensor {
            Dense(units)(Dense(units, activation = relu)(x))
        }
        fn countdown(x: Tensor, times: usize) -> Tensor {
            if times == 0 { x } else { countdown(Dense(8)(x), times - 1) }
        }
        let h = residual(residual(x, 16), 16);
        let project = |y| Dense(8)(y) + Dense(8)(x);
        let h = countdown(project(h), 2);
        let h = (|y| Dense(8)(y))(h);
        Dense(1)(h)
    }
);

fn main() {
    const { assert!(Residual::<f32>::PARAMS == 4 * (16 * 16 + 16) + 2 * (16 * 8 + 8) + 3 * (8 * 8 + 8) + 8 + 1) };
}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        fn block(x: Tensor, width: usize) -> Tensor {
            Dense(width, activation = relu)(x)
        }
        let a = block(x);
        let b = block(x, 8, 9);
        let c = block(8, x);
        let d = block(width = 8, x);
        let e = block(x, width = 8);
        let f = block(x, 0);
        let g = blok(x, 8);
        let h = x.block(8);
        Outputs { a, b, c, d, e, f, g, h }
    }
);

fn main() {}

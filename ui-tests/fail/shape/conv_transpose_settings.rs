use formwork::prelude::*;

model!(
    fn Model(x: Input<7, 7, 8>, s: Input<10, 4>) -> Outputs {
        let a = Conv2DTranspose(8, 3, strides = 2, output_padding = 2)(x);
        let b = Conv2DTranspose(0, 3)(x);
        let c = Conv2DTranspose(8, 3, padding = causal)(x);
        let d = Conv2DTranspose(8, 3, strides = 2, dilation_rate = 2)(x);
        let e = Conv1DTranspose(8, 3)(x);
        let f = Conv2DTranspose(8, 3)(s);
        let g = Conv1DTranspose(8, 3, groups = 2)(s);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}

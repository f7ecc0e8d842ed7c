use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 6>) -> Outputs {
        let a = Conv2D(0, 3)(image);
        let b = Conv2D(8, 0)(image);
        let c = Conv2D(8, 3, strides = (0, 1))(image);
        let d = Conv2D(8, 3, strides = 2, dilation_rate = 2)(image);
        let e = Conv2D(8, 3, groups = 4)(image);
        let f = Conv2D(8, 3, groups = 3)(image);
        let g = Conv2D(8, 3, padding = causal)(image);
        let h = Conv2D(8, 3, padding = smae)(image);
        let i = MaxPooling2D(0)(image);
        let j = Conv2D(8, (3, 3, 3))(image);
        Outputs { a, b, c, d, e, f, g, h, i, j }
    }
);

fn main() {}

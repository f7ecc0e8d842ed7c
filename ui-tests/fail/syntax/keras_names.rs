use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>, x: Input<8>) -> Outputs {
        let a = MaxPool2D(2)(image);
        let b = Conv2d(8, 3)(image);
        let c = Linear(8)(x);
        let d = BatchNorm()(x);
        let e = GlobalAvgPool2D()(image);
        let f = AvgPool2D(2)(image);
        let g = Convolution2D(8, 3)(image);
        let h = Relu()(x);
        let i = Sigmoid()(x);
        let j = ConvTranspose2d(8, 3)(image);
        let k = LayerNorm()(x);
        let l = FullyConnected(8)(x);
        let m = Attention2D()(image);
        Outputs { a, b, c, d, e, f, g, h, i, j, k, l, m }
    }
);

fn main() {}

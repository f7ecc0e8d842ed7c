//! Well-known networks, small: each takes a step against its gradient.

use formwork::prelude::*;
use formwork_tests::{Samples, a_step_lowers_the_loss};

model!(
    fn ResNet(image: Input<32, 32, 3>) -> Output<10> {
        fn convolution(x: Tensor, filters: usize, size: usize, strides: usize) -> Tensor {
            let y = Conv2D(filters, size, strides = strides, padding = same)(x);
            BatchNormalization(epsilon = 1.001e-5)(y)
        }
        fn block(x: Tensor, filters: usize, strides: usize, first: bool) -> Tensor {
            let shortcut = if first { convolution(x, 4 * filters, 1, strides) } else { x };
            let y = relu(convolution(x, filters, 1, strides));
            let y = relu(convolution(y, filters, 3, 1));
            relu(shortcut + convolution(y, 4 * filters, 1, 1))
        }
        let y = Conv2D(4, 7, strides = 2)(ZeroPadding2D(3)(image));
        let y = relu(BatchNormalization(epsilon = 1.001e-5)(y));
        let mut y = MaxPooling2D(3, strides = 2)(ZeroPadding2D(1)(y));
        for (filters, blocks, strides) in [(4, 2, 1), (8, 2, 2)] {
            for k in 0..blocks {
                y = block(y, filters, if k == 0 { strides } else { 1 }, k == 0);
            }
        }
        Dense(10, activation = softmax)(GlobalAveragePooling2D()(y))
    }
);

model!(
    fn Vgg(image: Input<32, 32, 3>) -> Output<10> {
        let mut y = image;
        for (convolutions, filters) in [(2, 4), (2, 8), (3, 8)] {
            for _ in 0..convolutions {
                y = Conv2D(filters, 3, padding = same, activation = relu)(y);
            }
            y = MaxPooling2D(2)(y);
        }
        Sequential([Flatten(), Dense(32, activation = relu), Dense(10, activation = softmax)])(y)
    }
);

model!(
    fn MobileNet(image: Input<32, 32, 3>) -> Output<10> {
        fn normalized(x: Tensor) -> Tensor {
            BatchNormalization(momentum = 0.999, epsilon = 1e-3)(x)
        }
        fn inverted(x: Tensor, from: usize, to: usize, strides: usize, expansion: usize) -> Tensor {
            let y = relu6(normalized(Conv2D(expansion * from, 1, use_bias = false)(x)));
            let y = DepthwiseConv2D(3, strides = strides, padding = same, use_bias = false)(y);
            let y = normalized(Conv2D(to, 1, use_bias = false)(relu6(normalized(y))));
            if strides == 1 && from == to { x + y } else { y }
        }
        let y = Conv2D(8, 3, strides = 2, padding = same, use_bias = false)(image);
        let mut y = relu6(normalized(y));
        let mut width = 8;
        for (filters, strides) in [(8, 1), (12, 2), (12, 1)] {
            y = inverted(y, width, filters, strides, 3);
            width = filters;
        }
        Dense(10, activation = softmax)(GlobalAveragePooling2D()(y))
    }
);

model!(
    fn UNet(image: Input<16, 16, 3>) -> Output<16, 16, 1> {
        const WIDTHS: [usize; 2] = [4, 8];
        fn twice(x: Tensor, filters: usize) -> Tensor {
            let y = Conv2D(filters, 3, padding = same, activation = relu, kernel_initializer = he_normal)(x);
            Conv2D(filters, 3, padding = same, activation = relu, kernel_initializer = he_normal)(y)
        }
        let mut y = image;
        let mut bridges = vec![];
        for filters in WIDTHS {
            let level = twice(y, filters);
            bridges.push(level);
            y = Dropout(0.3)(MaxPooling2D(2)(level));
        }
        y = twice(y, 16);
        for filters in WIDTHS.iter().rev() {
            y = Conv2DTranspose(filters, 3, strides = 2, padding = same)(y);
            y = Concatenate()(y, bridges.pop().unwrap());
            y = twice(Dropout(0.3)(y), filters);
        }
        Conv2D(1, 1, activation = sigmoid)(y)
    }
);

model!(
    fn Transformer(words: Input<time>, places: Input<time>) -> Output<2> {
        fn feed_forward(x: Tensor, width: usize, hidden: usize) -> Tensor {
            TimeDistributed(Sequential([Dense(hidden, activation = gelu), Dense(width), Dropout(0.1)]))(x)
        }
        let mut h = Embedding(50, 16)(words) + Embedding(20, 16)(places);
        for _ in 0..2 {
            let attended = MultiHeadAttention(num_heads = 4, key_dim = 4, dropout = 0.1)(h, h);
            h = LayerNormalization(epsilon = 1e-6)(h + Dropout(0.1)(attended));
            h = LayerNormalization(epsilon = 1e-6)(h + feed_forward(h, 16, 32));
        }
        let h = Dense(20, activation = relu)(GlobalAveragePooling1D()(h));
        Dense(2, activation = softmax)(Dropout(0.1)(h))
    }
);

macro_rules! steps {
    ($($test:ident: $model:ident;)*) => { $(
        #[test]
        fn $test() {
            let samples = Samples::random::<$model<f64>>(3, 7, 5);
            let mut model = $model::<f64>::seeded(3);
            a_step_lowers_the_loss(&mut model, &samples);
            // The same step again, from where the first one led.
            a_step_lowers_the_loss(&mut model, &samples);
        }
    )* };
}

steps! {
    resnet: ResNet;
    vgg: Vgg;
    mobilenet: MobileNet;
    unet: UNet;
    transformer: Transformer;
}

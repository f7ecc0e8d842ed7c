use formwork::prelude::*;

model!(
    /// MobileNetV2 as in `keras.applications`: inverted residuals, narrow between their ends.
    fn MobileNetV2(image: Input<224, 224, 3>) -> Output<1000> {
        fn normalized(x: Tensor) -> Tensor {
            BatchNormalization(momentum = 0.999, epsilon = 1e-3)(x)
        }
        fn inverted(x: Tensor, from: usize, to: usize, strides: usize, expansion: usize) -> Tensor {
            let mut y = x;
            if expansion > 1 {
                y = relu6(normalized(Conv2D(expansion * from, 1, use_bias = false)(y)));
            }
            if strides == 2 {
                y = ZeroPadding2D(((0, 1), (0, 1)))(y);
                y = DepthwiseConv2D(3, strides = 2, use_bias = false)(y);
            } else {
                y = DepthwiseConv2D(3, padding = same, use_bias = false)(y);
            }
            let y = Conv2D(to, 1, use_bias = false)(relu6(normalized(y)));
            if strides == 1 && from == to { x + normalized(y) } else { normalized(y) }
        }
        let y = Conv2D(32, 3, strides = 2, padding = same, use_bias = false)(image);
        let mut y = relu6(normalized(y));
        let mut width = 32;
        for (expansion, filters, blocks, strides) in
            [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        {
            for k in 0..blocks {
                y = inverted(y, width, filters, if k == 0 { strides } else { 1 }, expansion);
                width = filters;
            }
        }
        let y = relu6(normalized(Conv2D(1280, 1, use_bias = false)(y)));
        Dense(1000, activation = softmax)(GlobalAveragePooling2D()(y))
    }
);

fn main() {
    const { assert!(MobileNetV2::<f32>::PARAMS == 3_538_984) };
    const { assert!(MobileNetV2::<f32>::TRAINABLE_PARAMS == 3_504_872) };
}

use formwork::prelude::*;

model!(
    /// ResNet-50 as in `keras.applications`: 16 blocks of three convolutions each.
    fn ResNet50(image: Input<224, 224, 3>) -> Output<1000> {
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
        let y = Conv2D(64, 7, strides = 2)(ZeroPadding2D(3)(image));
        let y = relu(BatchNormalization(epsilon = 1.001e-5)(y));
        let mut y = MaxPooling2D(3, strides = 2)(ZeroPadding2D(1)(y));
        for (filters, blocks, strides) in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)] {
            for k in 0..blocks {
                y = block(y, filters, if k == 0 { strides } else { 1 }, k == 0);
            }
        }
        Dense(1000, activation = softmax)(GlobalAveragePooling2D()(y))
    }
);

fn main() {
    const { assert!(ResNet50::<f32>::PARAMS == 25_636_712) };
    const { assert!(ResNet50::<f32>::TRAINABLE_PARAMS == 25_583_592) };
}

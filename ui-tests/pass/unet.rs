use formwork::prelude::*;

model!(
    /// U-Net: a way down, a way up, and at every level a bridge between them.
    fn UNet(image: Input<128, 128, 3>) -> Output<128, 128, 1> {
        const WIDTHS: [usize; 4] = [64, 128, 256, 512];
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
        y = twice(y, 1024);
        for filters in WIDTHS.iter().rev() {
            y = Conv2DTranspose(filters, 3, strides = 2, padding = same)(y);
            y = Concatenate()(y, bridges.pop().unwrap());
            y = twice(Dropout(0.3)(y), filters);
        }
        Conv2D(1, 1, activation = sigmoid)(y)
    }
);

fn main() {
    const { assert!(UNet::<f32>::PARAMS == 34_513_345) };
}

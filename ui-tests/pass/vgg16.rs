use formwork::prelude::*;

model!(
    /// VGG-16 as in `keras.applications`.
    fn Vgg16(image: Input<224, 224, 3>) -> Output<1000> {
        let mut y = image;
        for (convolutions, filters) in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)] {
            for _ in 0..convolutions {
                y = Conv2D(filters, 3, padding = same, activation = relu)(y);
            }
            y = MaxPooling2D(2)(y);
        }
        Sequential([
            Flatten(),
            Dense(4096, activation = relu),
            Dense(4096, activation = relu),
            Dense(1000, activation = softmax),
        ])(y)
    }
);

fn main() {
    const { assert!(Vgg16::<f32>::PARAMS == 138_357_544) };
}

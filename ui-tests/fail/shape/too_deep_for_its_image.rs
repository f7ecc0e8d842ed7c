use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<10> {
        let mut y = image;
        for filters in [32, 64, 128, 256] {
            y = MaxPooling2D(2)(Conv2D(filters, 3, activation = relu)(y));
        }
        Dense(10)(Flatten()(y))
    }
);

fn main() {}

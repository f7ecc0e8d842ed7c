use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 32, 16>) -> Output<10> {
        let mut y = image;
        for (filters, strides) in [(16, 1), (32, 2)] {
            let h = Conv2D(filters, 3, strides = strides, padding = same, activation = relu)(y);
            y = relu(Conv2D(filters, 3, padding = same)(h) + y);
        }
        Dense(10)(GlobalAveragePooling2D()(y))
    }
);

fn main() {}

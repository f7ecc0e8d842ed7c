use formwork::prelude::*;

model!(
    fn Model(image: Input<3, 32, 32>) -> Output<10> {
        let h = Conv2D(16, 3, activation = relu)(image);
        let h = MaxPooling2D(2)(h);
        Dense(10)(Flatten()(h))
    }
);

fn main() {}

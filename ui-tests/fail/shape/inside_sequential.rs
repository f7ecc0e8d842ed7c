use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([Cropping2D(2), Dense(64, activation = relu), Flatten(), Dense(10, activation = softmax)])(image)
    }
);

fn main() {}

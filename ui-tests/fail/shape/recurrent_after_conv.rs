use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<10> {
        let h = Conv2D(16, 3, activation = relu)(image);
        let h = GRU(32)(h);
        Dense(10, activation = softmax)(h)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(image: Input<64, 64, 3>) -> Output<10> {
        let a = Conv2D(32, 3, activation = relu)(image);
        let b = MaxPooling2D()(a);
        Dense(10)(b)
    }
);

fn main() {}

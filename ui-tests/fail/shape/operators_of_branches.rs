use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 32, 16>) -> Output<32, 32, 16> {
        let y = Conv2D(16, 3, activation = relu)(image);
        let y = Conv2D(16, 3)(y);
        relu(image + y)
    }
);

fn main() {}

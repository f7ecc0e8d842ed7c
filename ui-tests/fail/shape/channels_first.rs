use formwork::prelude::*;

model!(
    fn Model(photo: Input<3, 32, 32>) -> Output<2> {
        let h = Conv2D(8, 5, activation = relu)(photo);
        Dense(2)(GlobalAveragePooling2D()(h))
    }
);

fn main() {}

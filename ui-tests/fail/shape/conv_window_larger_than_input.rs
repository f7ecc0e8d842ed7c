use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Output<10> {
        let a = Conv2D(8, 3, activation = relu)(image);
        let b = MaxPooling2D()(a);
        let c = MaxPooling2D((3, 3))(b);
        let d = Conv2D(8, (5, 5))(c);
        Dense(10)(Flatten()(d))
    }
);

fn main() {}

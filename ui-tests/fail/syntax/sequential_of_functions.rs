use formwork::prelude::*;

model!(
    fn Model(x: Input<28, 28, 1>) -> Output<10> {
        Sequential([Conv2D(32, 3), relu, MaxPooling2D, Flatten(), Dense(10), softmax])(x)
    }
);

fn main() {}

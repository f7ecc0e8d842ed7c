use formwork::prelude::*;

model!(
    fn Model(x: Input<28, 28, 1>) -> Output<10> {
        let h = layers.Conv2D(32, 3)(x);
        let h = keras::layers::Flatten()(h);
        let h = x.Flatten();
        Dense(10, activation = softmax)(h)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<28, 28, 1>) -> Output<10> {
        let h = Conv2D(filters: 32, kernel_size: (3, 3), activation: relu)(x);
        let h = MaxPooling2D(pool_size: 2)(h);
        let h = Dense(64, activation == relu)(Flatten()(h));
        Dense(units: 10)(h)
    }
);

fn main() {}

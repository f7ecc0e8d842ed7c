use formwork::prelude::*;

model!(
    fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([
            Flatten(),
            Dense(128, activation = relu),
            BatchNormalization(),
            Dropout(0.5),
            Dense(10, activation = softmax),
        ])(image)
    }
);

model!(
    fn Head(x: Input<16>) -> Output<2> {
        let head = Sequential([Dense(8), Sequential([Dense(4), Dense(2)])]);
        head(x)
    }
);

fn main() {
    const { assert!(Digits::<f32>::PARAMS == 784 * 128 + 128 + 4 * 128 + 128 * 10 + 10) };
    const { assert!(Digits::<f32>::TRAINABLE_PARAMS == Digits::<f32>::PARAMS - 2 * 128) };
    const { assert!(Head::<f32>::PARAMS == 16 * 8 + 8 + 8 * 4 + 4 + 4 * 2 + 2) };
    assert_eq!(Digits::new(1).dense.kernel().dim(), (784, 128));
    assert_eq!(Digits::new(1).dense_1.kernel().dim(), (128, 10));
}

use formwork::prelude::*;

model!(
    fn Autoencoder(x: Input<28, 28, 1>) -> Output<28, 28, 1> {
        let h = Conv2D(16, 3, strides = 2, padding = same)(x);
        let h = Conv2D(8, 3, strides = 2, padding = same)(h);
        let h = Conv2D(4, 3, strides = 2, padding = same)(h);
        let h = Conv2DTranspose(8, 3, strides = 2, padding = same)(h);
        let h: Shape<14, 14, 16> = Conv2DTranspose(16, 3, strides = 2, padding = same)(h);
        let h = UpSampling2D(2)(h);
        Conv2D(1, 3, padding = same, activation = sigmoid)(h)
    }
);

model!(
    fn Rows(x: Input<28, 28, 1>) -> Output<10> {
        let h = MaxPooling2D(2)(Conv2D(8, 3)(x));
        let h = Reshape((14, 14 * 8))(h);
        Dense(10)(LSTM(8)(h))
    }
);

fn main() {}

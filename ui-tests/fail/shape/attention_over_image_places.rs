use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 32, 3>) -> Output<10> {
        let h = Conv2D(64, 4, strides = 4)(image);
        let h = MultiHeadAttention(4, 16)(h, h);
        Dense(10)(GlobalAveragePooling1D()(h))
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Encoder(text: Input<_, 32>) -> Output<16> {
        LSTM(16)(text)
    }
);

model!(
    fn Pair(a: Input<20, 32>, b: Input<_, 32>) -> Output<1> {
        let encode = Encoder();
        let a = encode(a);
        let b = encode(b);
        Dense(1, activation = sigmoid)(Concatenate()(a, b))
    }
);

model!(
    fn InSequential(a: Input<20, 32>) -> Output<1> {
        Sequential([LayerNormalization(), Encoder(), Dense(1)])(a)
    }
);

fn main() {
    const ENCODER: usize = 4 * 16 * (32 + 16 + 1);
    const { assert!(Encoder::<f32>::PARAMS == ENCODER) };
    const { assert!(Pair::<f32>::PARAMS == ENCODER + 32 + 1) };
    const { assert!(InSequential::<f32>::PARAMS == 64 + ENCODER + 16 + 1) };
}

use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Output<10, 8> {
        let y = MultiHeadAttention(2, 4, output_shape = 16)(x, x);
        LayerNormalization()(x + y)
    }
);

fn main() {}

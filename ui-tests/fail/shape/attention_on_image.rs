use formwork::prelude::*;

model!(
    fn Model(image: Input<8, 8, 16>) -> Output<8, 8, 16> {
        MultiHeadAttention(num_heads = 2, key_dim = 8)(image, image)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(image: Input<8, 8, 16>) -> Output<8, 8, 16> {
        Attention()(image, image)
    }
);

fn main() {}

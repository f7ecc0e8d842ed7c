use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 32>) -> Output<32, 10> {
        Permute((2, 0))(words)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<_, 32>) -> Output<320> {
        Reshape((320,))(words)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<20>, places: Input<19>) -> Output<2> {
        let h = Embedding(1000, 32)(words) + Embedding(20, 32)(places);
        Dense(2)(GlobalAveragePooling1D()(h))
    }
);

fn main() {}

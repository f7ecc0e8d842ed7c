use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>, words: Input<_, 32>, facts: Input<16>) -> Outputs {
        let a = Dense(64)(image);
        let b = LSTM(32, return_sequences = true)(words);
        let c = Dense(8)(b);
        let d = Cropping2D(14)(image);
        let e = Concatenate()(facts, image);
        let f = Add()(Flatten()(image), facts);
        let g = Dropout(30)(facts);
        let h = Reshape((3, 5))(facts);
        let i = Embedding(100, 8)(Dense(4)(facts));
        let j = Dense(16)(facts, facts);
        let k = GlobalAveragePooling2D()(words);
        Outputs { a, c, d, e, f, g, h, i, j, k }
    }
);

fn main() {}

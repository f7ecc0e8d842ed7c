use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 32>, photo: Input<28, 28, 3>, x: Input<7>) -> Outputs {
        let a = GlobalAveragePooling2D()(words);
        let b = GlobalMaxPooling1D()(photo);
        let c = GlobalAveragePooling2D()(x);
        let d = GlobalAveragePooling3D()(photo);
        Outputs { a, b, c, d }
    }
);

fn main() {}

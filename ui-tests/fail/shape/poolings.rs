use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 8>, image: Input<8, 8, 3>) -> Outputs {
        let a = MaxPooling1D(11)(words);
        let b = AveragePooling1D(0)(words);
        let c = MaxPooling1D(2)(image);
        let d = AveragePooling2D((9, 1))(image);
        let e = GlobalMaxPooling1D()(image);
        let f = GlobalAveragePooling3D()(image);
        let g = MaxPooling2D(2, strides = 0)(image);
        let h = AveragePooling3D(2)(image);
        let i = MaxPooling2D(2, padding = causal)(image);
        Outputs { a, b, c, d, e, f, g, h, i }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 8>, image: Input<8, 8, 3>) -> Outputs {
        let a = Cropping1D(5)(words);
        let b = ZeroPadding2D(1)(words);
        let c = ZeroPadding1D(1)(image);
        let d = Cropping2D(((4, 4), (0, 0)))(image);
        let e = ZeroPadding2D(-1)(image);
        let f = ZeroPadding2D((1, 2, 3))(image);
        let g = UpSampling1D(0)(words);
        let h = UpSampling2D(2, interpolation = cubic)(image);
        Outputs { a, b, c, d, e, f, g, h }
    }
);

fn main() {}

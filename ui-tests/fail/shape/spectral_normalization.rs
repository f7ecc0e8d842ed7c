use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 3>, words: Input<10, 8>, x: Input<8>) -> Outputs {
        let a = SpectralNormalization(Conv2D(4, 29))(image);
        let b = SpectralNormalization(LSTM(4))(words);
        let c = SpectralNormalization(Dropout(0.5))(x);
        let d = SpectralNormalization(Dense(4), power_iterations = 0)(x);
        let e = SpectralNormalization(8)(x);
        let f = SpectralNormalization(Sequential([Dense(4), Dense(4)]))(x);
        let g = SpectralNormalization(Dense(4))(words);
        let h = SpectralNormalization(TimeDistributed(Dense(4)))(words);
        Outputs { a, b, c, d, e, f, g, h }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8, 8, 3>, s: Input<5, 4>) -> Outputs {
        let a = Rescaling((0.5, 0.25))(x);
        let b = Dropout(0.5, noise_shape = (1, 3))(x);
        let c = AlphaDropout(0.5, noise_shape = (None, 2, 1, None))(x);
        let d = AdaptiveAveragePooling2D((0, 2))(x);
        let e = AdaptiveMaxPooling1D(2)(x);
        let f = MultiHeadAttention(2, 4, sliding_window = 0)(s, s);
        let g = MultiHeadAttention(2, 4, sliding_window = 2)(x, x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}

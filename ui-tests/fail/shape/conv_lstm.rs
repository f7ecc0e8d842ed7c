use formwork::prelude::*;

model!(
    fn Model(
        photo: Input<28, 28, 3>,
        films: Input<2, 10, 28, 28, 3>,
        film: Input<10, 28, 28, 3>,
        rows: Input<time, 12, 2>,
        words: Input<10, 8>,
    ) -> Outputs {
        let a = ConvLSTM2D(8, 3)(photo);
        let b = ConvLSTM2D(8, 3)(films);
        let c = ConvLSTM2D(8, 29)(film);
        let d = ConvLSTM2D(8, 3, strides = 2, dilation_rate = 2)(film);
        let e = ConvLSTM1D(8, 3, padding = causal)(rows);
        let f = ConvLSTM1D(8, 3)(words);
        let g = ConvLSTM3D(8, 3)(film);
        let (_, h, _) = ConvLSTM2D(8, 3, return_state = true)(film);
        let i = ConvLSTM2D(8, 3, padding = same)(film, initial_state = (h, h));
        let j = ConvLSTM2D(8, 3)(film, initial_state = h);
        let k = ConvLSTM2D(0, 3)(film);
        let l = ConvLSTM2D(8, 3, dropout = 25)(film);
        let m = ConvLSTM2D(8)(film);
        let n = ConvLSTM2D(8, 3, activation = LeakyReLU(0.1))(film);
        let o = ConvLSTM2D(8, 3, data_format = channels_first)(film);
        let p = ConvLSTM2D(8, 3, stateful = true)(film);
        let q = Dense(10)(ConvLSTM2D(8, 3)(film));
        Outputs { a, b, c, d, e, f, g, i, j, k, l, m, n, o, p, q }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(series: Input<time, 4>, x: Input<_>, image: Input<_, _, 3>) -> Outputs {
        let a = Flatten()(image);
        let b = Dense(3)(series);
        let c = LayerNormalization()(x);
        let d = RepeatVector(3)(series);
        let e = Reshape((10, 4))(series);
        let f = split(series, 2, axis = 1);
        let g = TimeDistributed(Dense(2))(x);
        let h = BatchNormalization()(x);
        Outputs { a, b, c, d, e, f, g, h }
    }
);

fn main() {}

use formwork::prelude::*;

const FILTERS: usize = 4;

model!(
    fn Frames(film: Input<_, 16, 16, 1>, mask: Input<_, bool>) -> Output<_, 16, 16, 1> {
        let h = ConvLSTM2D(FILTERS, 5, padding = same, return_sequences = true, activation = relu)(film, mask = mask);
        let h = BatchNormalization()(h);
        let (h, last, memory) = ConvLSTM2D(
            FILTERS,
            (3, 3),
            padding = same,
            return_sequences = true,
            return_state = true,
            kernel_regularizer = L2(1e-4),
            recurrent_constraint = max_norm,
        )(h);
        let h: Shape<_, 16, 16, FILTERS> =
            ConvLSTM2D(FILTERS, 1, padding = same, return_sequences = true)(h, initial_state = (last, memory));
        Conv3D(1, 3, activation = sigmoid, padding = same)(h, mask = None)
    }
);

model!(
    fn Signals(rows: Input<10, 12, 2>, volumes: Input<4, 6, 6, 6, 1>) -> Output<3> {
        let a: Shape<5, 6> = ConvLSTM1D(6, 3, strides = 2, go_backwards = true)(rows);
        let b: Shape<4, 4, 4, 2> = ConvLSTM3D(2, 3, dropout = 0.2, recurrent_dropout = 0.2, seed = 3)(volumes);
        Dense(3)(Concatenate()(Flatten()(a), Flatten()(b)))
    }
);

fn main() {
    let _ = (Frames::<f32>::new(1), Signals::<f64>::seeded(1));
}

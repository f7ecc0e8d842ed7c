use formwork::prelude::*;

model!(
    fn Digits(x: Input<8>) -> Output<1> {
        let h = Dense(8)(x);
        let model = Model(inputs = x, outputs = h);
        let other = Dense(1);
        other.compile(Adam::new(1e-3), MeanSquaredError::new());
        h.summary();
        h.mean();
        Dense(1)(h)
    }
);

fn main() {}

//! Nested models over dynamic axes.
use formwork::prelude::*;
use ndarray::{Array2, Array3};

model!(
    pub fn Pooled(x: Input<_, 4>) -> Output<3> {
        Dense(3)(GlobalAveragePooling1D()(LSTM(5, return_sequences = true)(x)))
    }
);
model!(
    pub fn Steps(x: Input<time, 4>) -> Output<time, 6> {
        LSTM(6, return_sequences = true)(x)
    }
);
model!(
    pub fn Fixed(x: Input<7, 4>) -> Output<42> {
        Flatten()(Steps()(x))
    }
);
model!(
    pub fn Both(x: Input<time, 4>, y: Input<7, 4>) -> Outputs<a = Output<3>, b = Output<3>, c = Output<time, 6>> {
        let p = Pooled();
        Outputs { a: p(x), b: p(y), c: Steps()(x) }
    }
);

#[test]
fn lengths_pass_through() {
    let y = Fixed::new(1).predict(FixedInputs { x: &Array3::ones((2, 7, 4)) }).unwrap();
    assert_eq!(y.output.shape(), [2, 42]);
    let both = Both::new(1);
    for time in [3, 9, 1] {
        let y = both.predict(BothInputs { x: &Array3::ones((2, time, 4)), y: &Array3::ones((2, 7, 4)) }).unwrap();
        assert_eq!(y.c.shape(), [2, time, 6]);
        let _: &Array2<f32> = &y.a;
    }
}

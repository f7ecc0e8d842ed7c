use formwork::prelude::*;

const SIDE: usize = 28;
const HIDDEN: usize = 300;
const RATE: f64 = 0.3;
const WIDTHS: [usize; 2] = [48, 65];

mod config {
    pub const CLASSES: usize = 10;
}

/// Layers inside.
struct Widths;

impl Widths {
    const LAST: usize = 64;
}

model!(
    fn Digits(image: Input<SIDE, SIDE, 1>) -> Output<{ config::CLASSES }> {
        const HALF: usize = 150;
        let row: Shape<{ SIDE * SIDE }> = Flatten()(image);
        let a = Dense(HIDDEN, activation = relu)(row);
        let b = Dense(HALF * 2)(row);
        let sum: Shape<HIDDEN> = Dropout(RATE)(a + b);
        let narrow = Dense(WIDTHS[0])(sum);
        let last = Dense(Widths::LAST + 1)(Dense(WIDTHS.len() * 24)(narrow) + narrow);
        let last: Shape<{ WIDTHS[1] }> = last;
        Dense(config::CLASSES, activation = softmax)(last)
    }
);

fn main() {
    const { assert!(Digits::<f32>::PARAMS == 2 * (784 * 300 + 300) + 301 * 48 + 49 * 48 + 48 * 65 + 65 + 65 * 10 + 10) };
    assert_eq!(Digits::<f32>::OUTPUT_SHAPES[0].dims(), [config::CLASSES]);
}

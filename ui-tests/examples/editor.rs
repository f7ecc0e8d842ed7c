//! Models as editors see them: a test compiles this file with `--cfg rust_analyzer`.

use formwork::prelude::*;

const CLASSES: usize = 10;

model!(
    /// Layers in a row, stated shapes, constants.
    pub fn Digits(image: Input<28, 28, 1>) -> Output<CLASSES> {
        let h: Shape<26, 26, 32> = Conv2D(32, 3, activation = relu, name = first)(image);
        let body = Sequential([MaxPooling2D(2), Sequential([Flatten(), Dropout(0.5)])]);
        Dense(CLASSES, activation = softmax)(body(h))
    }
);

model!(
    /// Helpers, loops, operators, several outputs, a nested model.
    pub fn Parts(steps: Input<12, 8>, image: Input<28, 28, 1>) -> Outputs<score = Output<4>, digit = Output<CLASSES>> {
        fn block(x: Tensor, width: usize) -> Tensor {
            relu(Dense(width)(x) + 1.0)
        }
        let (sequence, hidden, _carry) = LSTM(4, return_sequences = true, return_state = true)(steps);
        let mut h = GlobalAveragePooling1D()(sequence);
        for width in [16, 4] {
            h = block(h, width);
        }
        h += hidden;
        let score = h * 0.5;
        let digit = Digits()(image);
        Outputs { score, digit }
    }
);

fn main() {}

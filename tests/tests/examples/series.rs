//! Time series and sound.

use formwork::prelude::*;

model!(
    pub fn WaveNet(x: Input<_, 1>) -> Output<_, 1> {
        fn residual(x: Tensor, rate: usize) -> (Tensor, Tensor) {
            let f = Conv1D(32, 2, padding = causal, dilation_rate = rate, activation = tanh)(x);
            let g = Conv1D(32, 2, padding = causal, dilation_rate = rate, activation = sigmoid)(x);
            let z = Multiply()(f, g);
            let z = Conv1D(16, 1, activation = relu)(z);
            (Add()(z, x), z)
        }
        let mut h = Conv1D(16, 1, padding = same, activation = relu)(x);
        let mut skips = vec![];
        for k in 0..8 {
            // What the last block passes on is not used.
            let (_next, skip) = residual(h, 1 << k);
            h = _next;
            skips.push(skip);
        }
        let y = Conv1D(128, 1, activation = relu)(relu(Add()(skips)));
        Conv1D(1, 1)(y)
    }
);

model!(
    pub fn WaveNet2(x: Input<4096, 1>) -> Output<4096, 256> {
        let mut x = Conv1D(64, 2, padding = causal)(x);
        let mut skips = [];
        for stack in 0..2 {
            for rate in [1, 2, 4, 8, 16] {
                let gated = tanh(Conv1D(64, 2, padding = causal, dilation_rate = rate)(x))
                    * sigmoid(Conv1D(64, 2, padding = causal, dilation_rate = rate)(x));
                let skip = Conv1D(64, 1)(gated);
                skips.push(skip);
                if stack == 0 || rate < 16 {
                    x = x + skip;
                }
            }
        }
        let x = relu(Add()(skips));
        Conv1D(256, 1, activation = softmax)(relu(Conv1D(256, 1)(x)))
    }
);

model!(
    pub fn TimeSeries(x: Input<500, 1>) -> Output<2> {
        let mut h = x;
        for _ in 0..3 {
            h = Conv1D(filters = 64, kernel_size = 3, padding = same)(h);
            h = BatchNormalization()(h);
            h = ReLU()(h);
        }
        let gap = GlobalAveragePooling1D()(h);
        Dense(2, activation = softmax)(gap)
    }
);

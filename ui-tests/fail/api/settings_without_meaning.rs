use formwork::prelude::*;

const SPREAD: f64 = -0.1;

model!(
    fn Starts(x: Input<8>, image: Input<8, 8, 3>) -> Outputs {
        let a = Dense(4, bias_initializer = identity)(x);
        let b = Dense(4, bias_initializer = Orthogonal(gain = 2.0))(x);
        let c = Conv2D(4, 3, kernel_initializer = identity)(image);
        let d = Dense(4, kernel_initializer = RandomNormal(stddev = -0.1))(x);
        let e = Dense(4, kernel_initializer = RandomUniform(1, -1))(x);
        Outputs { a, b, c, d, e }
    }
);

model!(
    fn Keeps(x: Input<8>, steps: Input<5, 8>) -> Outputs {
        let a = Dense(4, kernel_constraint = MaxNorm(-1))(x);
        let b = Dense(4, kernel_constraint = MaxNorm(2, axis = 5))(x);
        let c = Dense(4, kernel_constraint = MinMaxNorm(2, 1))(x);
        let d = Dense(4, kernel_constraint = MinMaxNorm(0, 1, rate = 50))(x);
        let e = LSTM(4, recurrent_constraint = UnitNorm(axis = 2))(steps);
        let f = Dense(4, bias_constraint = UnitNorm(axis = (0, 1)))(x);
        let g = Normalization(mean = 0.0, variance = -1.0)(x);
        Outputs { a, b, c, d, e, f, g }
    }
);

model!(
    fn Scales(x: Input<8>) -> Outputs<a = Output<8>, b = Output<8>> {
        let a = GaussianNoise(SPREAD)(x);
        let b = Normalization(mean = SPREAD, variance = SPREAD)(x);
        Outputs { a, b }
    }
);

model!(
    fn Divides(x: Input<8>) -> Output<8> {
        x * (1 / WIDTH)
    }
);

const WIDTH: usize = 8;

fn main() {}

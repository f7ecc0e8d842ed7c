use formwork::prelude::*;

const FACTOR: f64 = 0.01;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = Dense(4, kernel_regularizer = L2(-0.01))(x);
        let h = Dense(4, kernel_regularizer = L1L2(l1 = 0.1, 0.2, 0.3))(h);
        let h = Dense(4, kernel_regularizer = L2(FACTOR))(h);
        let h = Dense(4, kernel_regularizer = L2(lambda = 0.1))(h);
        let h = Dense(4, kernel_constraint = MaxNorm(max_val = 2.0))(h);
        let h = Dense(4, kernel_constraint = NonNeg(1.0))(h);
        let h = Dense(4, kernel_constraint = MinMaxNorm(0.0, axis = true))(h);
        let h = Dense(4, kernel_initializer = RandomNormal(std = 0.1))(h);
        let h = Dense(4, kernel_initializer = HeNormal(2.0, 1))(h);
        let h = Dense(4, kernel_initializer = VarianceScaling(scale = 0.0, mode = fan_inn))(h);
        let h = Dense(4, kernel_initializer = RandomUniform(0.1, minval = 0.0))(h);
        let h = Dense(4, kernel_regularizer = L2, bias_constraint = NonNeg)(h);
        Dense(1, bias_initializer = Zeros(seed = 1))(h)
    }
);

fn main() {}

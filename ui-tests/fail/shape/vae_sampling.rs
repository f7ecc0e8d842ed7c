use formwork::prelude::*;

model!(
    fn Model(x: Input<784>, epsilon: Input<3>) -> Output<784> {
        let h = Dense(64, activation = relu)(x);
        let z_mean = Dense(2)(h);
        let z_log_var = Dense(2)(h);
        let z = z_mean + exp(0.5 * z_log_var) * epsilon;
        Dense(784, activation = sigmoid)(z)
    }
);

fn main() {}

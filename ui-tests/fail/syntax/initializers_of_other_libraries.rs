use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let a = Dense(4, kernel_initializer = Xavier)(x);
        let b = Dense(4, kernel_initializer = xavier_normal)(x);
        let c = Dense(4, kernel_initializer = kaiming_uniform_(1.0))(x);
        let d = Dense(4, kernel_initializer = kaiming_normal())(x);
        let e = Dense(4, kernel_initializer = normal)(x);
        let f = Dense(4, kernel_initializer = HeNormalized())(x);
        let g = Dense(4, kernel_initializer = drawn(1.0))(x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}

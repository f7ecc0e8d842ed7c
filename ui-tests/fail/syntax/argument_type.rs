use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(1.5)(x);
        let b = Dense(-3)(a);
        let c = Dense(relu)(b);
        let d = Dense(16, activation = 3)(c);
        let e = Dense(16, activation = rleu)(d);
        let f = Dense(16, use_bias = yes)(e);
        let g = Dropout(true)(f);
        let h = Reshape(axis)(g);
        let i = Dense(16, kernel_initializer = RandomNormal(spread = 2.0))(h);
        let j = Dense((3, 3))(i);
        let k = Dense(16, activation = LeakyReLU(0.1))(j);
        Dense(1)(k)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let a = Dense(x)(x);
        let b = Dense(8.5)(x);
        let c = Dense(-8)(x);
        let d = Dense("8")(x);
        let e = Dense([8])(x);
        let f = Dense(8, relu, 3)(x);
        let g = Dense(8, units = 8)(x);
        let h = Dense(8, use_bias = no)(x);
        let i = Dense(true)(x);
        let j = Dense(8, kernel_initializer = glorot)(x);
        let k = Dense(8, kernel_initializer = RandomNormal(mean = 0, std = 1))(x);
        let l = Dense(8, bias_initializer = 0.1)(x);
        Outputs { a, b, c, d, e, f, g, h, i, j, k, l }
    }
);

fn main() {}

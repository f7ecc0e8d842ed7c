use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let a = Dense(8, activation = "relu")(x);
        let b = Dense(units: 8)(x);
        let c = Dense(8, use_bias = True)(x);
        let d = Dense(8, activation = None)(x);
        let e = Concatenate()([x, x]);
        let f = dense(8)(x);
        let g = Dense(8, kernel_regularizer = l2(0.01))(x);
        let h = Dense(8, activation = relu())(x);
        let i = Dense(8, input_shape = (8,))(x);
        let j = Dense(8, activation = Relu)(x);
        Outputs { a, b, c, d, e, f, g, h, i, j }
    }
);

fn main() {}

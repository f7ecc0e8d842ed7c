use formwork::prelude::*;

model!(
    fn Encoder(x: Input<8>) -> Output<4> {
        Dense(4)(x)
    }
);

model!(
    fn Model(x: Input<8>) -> Outputs<a = Output<5>, b = Output<5>> {
        let power = x ** 2;
        let (a, b) = Dense(5)(x);
        let c = Dense(5)(x)(a);
        let d = Dense(5, activation = Relu)(x);
        let e = Dense(5, kernel_regularizer = l2(0.1))(x);
        let f = Dense(5, trainable = False)(x);
        let g = Dropout(0.5, training = true)(x);
        let h = Encoder(x);
        Outputs(a, c)
    }
);

fn main() {}

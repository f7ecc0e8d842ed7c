use formwork::prelude::*;

model!(
    fn Encoder(x: Input<8>) -> Outputs<mean = Output<2>, spread = Output<2>> {
        let mean = Dense(2)(x);
        let spread = Dense(2)(x);
        Outputs { mean, spread }
    }
);

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let code = Encoder()(x);
        Dense(1)(code.mean)
    }
);

fn main() {}

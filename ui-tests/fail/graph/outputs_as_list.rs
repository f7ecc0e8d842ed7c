use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs<class = Output<3>, score = Output<1>> {
        let class = Dense(3, activation = softmax)(x);
        let score = Dense(1)(x);
        [class, score]
    }
);

fn main() {}

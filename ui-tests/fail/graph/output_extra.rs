use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let class = Dense(10)(x);
        let score = Dense(1)(x);
        let hidden = Dense(4)(x);
        Outputs { class, score, hidden }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let class = Dense(10)(x);
        let scores = Dense(1)(x);
        Outputs { class, scores }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn OneDeclared(x: Input<8>) -> Output<10> {
        let class = Dense(10)(x);
        let score = Dense(1)(x);
        (class, score)
    }
);

model!(
    fn TwoDeclared(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        Dense(10)(x)
    }
);

fn main() {}

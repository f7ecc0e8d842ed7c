use formwork::prelude::*;

model!(
    fn Declared(x: Input<8>) -> Outputs<class = Output<10>, class = Output<1>> {
        let class = Dense(10)(x);
        Outputs { class }
    }
);

model!(
    fn Returned(x: Input<8>) -> Outputs {
        let a = Dense(10)(x);
        let b = Dense(1)(a);
        Outputs { class: a, class: b }
    }
);

model!(
    fn Tuple(x: Input<8>) -> Outputs {
        let a = Dense(10)(x);
        let first = a;
        let a = Dense(1)(x);
        (first, a)
    }
);

fn main() {}

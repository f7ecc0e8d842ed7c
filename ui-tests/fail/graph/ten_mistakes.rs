use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>, facts: Input<16>) -> Outputs<class = Output<10>, score = Output<1>> {
        let row = Flatten()(imag);
        let a = Dense(8)(fcts);
        let b = Dense(8, activation = rleu)(facts);
        let c = Dens(8)(facts);
        let d = facts(b);
        let e = facts % b;
        let f = relu6x(facts);
        let g = Dense(8)(b, activation = relu);
        let layer = Dense(8);
        let h = Add()(layer, facts);
        let (i, j) = facts;
        Outputs { klass: b, score: h }
    }
);

fn main() {}

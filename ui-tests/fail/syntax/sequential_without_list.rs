use formwork::prelude::*;

model!(
    fn Layers(x: Input<8>) -> Output<1> {
        Sequential(Dense(4), Dense(1))(x)
    }
);

model!(
    fn Nothing(x: Input<8>) -> Output<1> {
        Sequential()(x)
    }
);

model!(
    fn Empty(x: Input<8>) -> Output<1> {
        Sequential([])(x)
    }
);

model!(
    fn Tensors(x: Input<8>) -> Output<1> {
        Sequential([Dense(4)(x), Dense(1)])(x)
    }
);

model!(
    fn Unapplied(x: Input<8>) -> Output<1> {
        Sequential([Dense(4), Dense(1)])
    }
);

fn main() {}

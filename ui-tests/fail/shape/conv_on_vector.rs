use formwork::prelude::*;

model!(
    fn Model(x: Input<784>, words: Input<10, 8>, grey: Input<28, 28>) -> Outputs {
        let a = Conv2D(8, 3)(x);
        let b = MaxPooling2D()(words);
        let c = Conv2D(8, 3)(grey);
        Outputs { a, b, c }
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(16, activaton = relu)(x);
        let b = Dense(16, filters = 3)(a);
        let c = Flatten(axis = 1)(b);
        let d = Dropout(0.5, noise = 3)(c);
        Dense(1)(d)
    }
);

fn main() {}

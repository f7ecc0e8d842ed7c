use formwork::prelude::*;

model!(
    fn Ternary(x: Input<5>) -> Output<10> {
        let h = Dense(10)(x) if true else Dense(10, activation = relu)(x);
        h
    }
);

model!(
    fn Comment(x: Input<5>) -> Output<10> {
        let h = Dense(10)(x) # hidden
        h
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 3>) -> Output<5, 3> {
        Resizing(5, 3)(x)
    }
);

fn main() {}

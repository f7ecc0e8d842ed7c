use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 10, 3>) -> Output<10, 10, 3> {
        RandomRotation(0.1, fill_mode = mirror)(x)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 10, 3>) -> Output<10, 10, 3> {
        RandomZoom(-1.5)(x)
    }
);

fn main() {}

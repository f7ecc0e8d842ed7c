use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 10, 3>) -> Output<5, 3, 3> {
        CenterCrop(0, 3)(x)
    }
);

fn main() {}

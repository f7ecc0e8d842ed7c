use formwork::prelude::*;

model!(
    fn Model(a: Input<5, 8>, b: Input<7, 6>) -> Output<5, 7> {
        Dot(axes = 2)(a, b)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(a: Input<4, 5, 6>, b: Input<5, 6>) -> Output<4, 6, 6> {
        Dot(axes = (2, 1))(a, b)
    }
);

fn main() {}

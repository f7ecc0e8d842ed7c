use formwork::prelude::*;

model!(
    fn Model(x: Input<3>, y: Input<4>) -> Output<3> {
        select(x > y, x, 0.0)
    }
);

fn main() {}

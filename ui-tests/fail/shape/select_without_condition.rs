use formwork::prelude::*;

model!(
    fn Model(x: Input<3>) -> Output<3> {
        select(x, x, 0.0)
    }
);

fn main() {}

use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<4> {
        ActivityRegularization(l1 = -1.0)(x)
    }
);

fn main() {}

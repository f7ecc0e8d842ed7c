use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 10, 3>) -> Output<10, 10, 3> {
        RandomBrightness(0.1, value_range = (1.0, 0.0))(x)
    }
);

fn main() {}
